// --- the quote behind a number, shown while the pointer or the focus is on it -------------------
//
// Its words are taken from the source's card, which the server made: cloned, never written as
// markup. A finger goes to the card instead, as a press does.

const hint = made("div", "hint");
hint.id = "hint";
hint.setAttribute("role", "tooltip");
hint.hidden = true;
document.querySelector(".gradio-container .contain").appendChild(hint);
const APPEARS = 120; // ms: a pointer that only passes shows nothing
const LINGERS = 250; // ms: so long the pointer has to cross the gap between number and quote
let hinted = null; // the number whose quote is shown
let hintDue = 0;

function showHint(cite) {
  clearTimeout(hintDue);
  if (hinted === cite) return;
  hideHint();
  const turn = cite.closest("article.turn");
  const card = turn && turn.querySelector(`#${CSS.escape(cite.dataset.card)}`);
  const mark = card && card.querySelector("mark");
  if (!mark) return;
  const facts = [...card.querySelectorAll(".facts .where")].map((fact) => fact.textContent);
  const quote = made("p", "hint-quote");
  quote.append(...mark.cloneNode(true).childNodes);
  hint.replaceChildren(
    quote,
    made("p", "hint-title", card.querySelector("h4").textContent),
    made("p", "hint-where", facts.join(" · ")),
  );
  hinted = cite;
  cite.setAttribute("aria-describedby", hint.id);
  hint.hidden = false;
  placeHint();
}

function hideHint() {
  clearTimeout(hintDue);
  if (hinted) hinted.removeAttribute("aria-describedby");
  hinted = null;
  hint.hidden = true;
}

// Below its number, or above it, where there is room; cut to the room there is in a low window.
function placeHint() {
  if (!hinted) return;
  const at = hinted.getBoundingClientRect();
  if (!hinted.isConnected || !at.width || at.bottom < 0 || at.top > innerHeight) { hideHint(); return; }
  hint.style.maxHeight = "";
  const { offsetWidth: wide, offsetHeight: high } = hint;
  const [over, under] = [at.top - 14, innerHeight - at.bottom - 14];
  const below = at.bottom + 6 + high <= floorOf() || (over < high && under >= Math.min(high, over));
  const room = Math.min(high, below ? under : over);
  hint.style.maxHeight = room < high ? `${room}px` : "";
  hint.style.left = `${Math.max(8, Math.min(at.left - 16, document.documentElement.clientWidth - wide - 8))}px`;
  hint.style.top = `${below ? at.bottom + 6 : at.top - 6 - room}px`;
}

// Where the window ends, or the question box at its end begins.
function floorOf() {
  const composer = $("composer");
  return composer ? Math.min(innerHeight, composer.getBoundingClientRect().top) : innerHeight;
}

function citeAt(target) { return target instanceof Element ? target.closest("a.cite[data-card]") : null; }

document.addEventListener("pointerover", (event) => {
  if (event.pointerType === "touch") return;
  const cite = citeAt(event.target);
  if (cite) {
    clearTimeout(hintDue);
    hintDue = setTimeout(() => showHint(cite), APPEARS);
  } else if (hint.contains(event.target)) clearTimeout(hintDue);
  else if (!hinted) clearTimeout(hintDue);
  else if (hinted !== document.activeElement) {
    clearTimeout(hintDue);
    hintDue = setTimeout(hideHint, LINGERS);
  }
});
document.addEventListener("focusin", (event) => {
  const cite = citeAt(event.target);
  if (cite && cite.matches(":focus-visible")) showHint(cite);
});
document.addEventListener("focusout", (event) => { if (event.target === hinted) hideHint(); });
document.addEventListener("pointerdown", (event) => { if (!hint.contains(event.target)) hideHint(); });
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && hinted) hideHint(); }, true);
for (const name of ["scroll", "resize"]) addEventListener(name, () => requestAnimationFrame(placeHint), { passive: true });
// An answer that grows, or goes, takes its numbers with it.
new MutationObserver(() => { if (hinted && !hinted.isConnected) hideHint(); }).observe($("log") || document.body, { childList: true, subtree: true });

// --- a menu near the end of the window opens upwards -------------------------------------------

document.addEventListener("toggle", (event) => {
  if (!(event.target instanceof Element) || !event.target.matches("details.menu")) return;
  event.target.classList.remove("up");
  const menu = event.target.querySelector("div").getBoundingClientRect();
  const floor = event.target.closest("dialog") ? innerHeight : floorOf();
  const above = event.target.getBoundingClientRect().top;
  event.target.classList.toggle("up", menu.bottom + 8 > floor && menu.height + 8 < above);
}, true);
