// Runs once, when the head of the page is there: `element`, `trigger` and `server` are Gradio's.
// Nothing here reads or writes document text as markup; that is made, escaped, on the server.

const KEY = "ask-the-reviews-theme";
const $ = (id) => document.getElementById(id);
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const glide = () => (calm() ? "auto" : "smooth");

// --- light and dark: as the system, unless chosen here ---------------------------------------

function stored() {
  try { return localStorage.getItem(KEY); } catch { return null; }
}
function paint() {
  const choice = stored();
  const dark = choice ? choice === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.body.classList.toggle("dark", dark);
  const button = element.querySelector("[data-theme]");
  if (button) button.setAttribute("aria-pressed", String(dark));
}
function turn() {
  const dark = !document.body.classList.contains("dark");
  try { localStorage.setItem(KEY, dark ? "dark" : "light"); } catch { /* it lasts this visit */ }
  document.body.classList.toggle("dark", dark);
  element.querySelector("[data-theme]").setAttribute("aria-pressed", String(dark));
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => requestAnimationFrame(paint));
paint();

// --- going to a place on the page -------------------------------------------------------------

function go(id) {
  if (id === "question") {
    const box = document.querySelector("#question textarea, #question input");
    if (box) box.focus();
    return;
  }
  const place = $(id);
  if (!place) return;
  const folded = place.closest("details");
  if (folded) folded.open = true;
  place.scrollIntoView({ behavior: glide(), block: "nearest" });
  place.focus({ preventScroll: true });
  for (const lit of document.querySelectorAll(".lit")) lit.classList.remove("lit");
  place.classList.add("lit");
}

// --- copying ----------------------------------------------------------------------------------

async function copy(button, text) {
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch { // not a secure page, or not allowed: the old way
    const area = document.createElement("textarea");
    area.value = text;
    area.style.position = "fixed";
    area.style.opacity = "0";
    document.body.appendChild(area);
    area.select();
    done = document.execCommand("copy");
    area.remove();
    button.focus();
  }
  const before = button.dataset.label || button.textContent;
  button.dataset.label = before;
  button.textContent = done ? "Copied" : "Could not copy";
  setTimeout(() => { button.textContent = before; }, 1600);
}

// --- one listener for everything that is pressed ----------------------------------------------

document.addEventListener("click", (event) => {
  const at = event.target instanceof Element ? event.target : null;
  const hit = (selector) => at && at.closest(selector);
  // With a key held down, a link opens in a tab or window of its own, as links do.
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const place = hit("a.read");
  if (place) {
    event.preventDefault();
    visit(placeOf(new URL(place.href).searchParams));
    return;
  }
  const jump = hit("a.cite, a.back, a.skip");
  if (jump) {
    event.preventDefault();
    const card = jump.matches(".back") && jump.closest(".card");
    const cite = card && document.querySelector(`a.cite[data-card="${card.id}"]`);
    if (cite) {
      cite.focus({ preventScroll: true });
      cite.scrollIntoView({ behavior: glide(), block: "center" });
    } else {
      go(jump.dataset.card || jump.getAttribute("href").slice(1));
    }
    return;
  }
  const button = hit("button");
  if (!button) return;
  if (button.matches("[data-ask]")) {
    const beside = "beside" in button.dataset;
    trigger("submit", { question: button.dataset.ask, beside, alone: beside });
  }
  else if (button.matches("[data-copy]")) copy(button, button.dataset.copy);
  else if (button.matches("[data-theme]")) turn();
  else if (button.matches("[data-listing]")) visit({});
  else if (button.matches(".whole")) {
    const open = button.closest(".card").classList.toggle("opened");
    button.setAttribute("aria-expanded", String(open));
    button.textContent = open ? "Less" : "Whole passage";
  }
});

// --- the searched question, mended and asked again: it leans on nothing before it -------------

document.addEventListener("submit", (event) => {
  const form = event.target instanceof Element ? event.target.closest("form.again") : null;
  if (!form) return;
  event.preventDefault();
  const question = form.elements.query.value;
  if (question.trim()) trigger("submit", { question, beside: "beside" in form.dataset, alone: true });
});

// --- a new question comes to the top, its answer below it -------------------------------------

const log = $("log");
let last = "";
let following = 0; // the time until which the page keeps the new question at its top
function follow() {
  const article = document.querySelector("#now article.turn");
  const id = article ? article.id : "";
  if (id !== last) {
    last = id;
    following = Infinity;
    if (!id) { scrollTo({ top: 0 }); go("question"); }
  }
  if (!id || performance.now() > following) return;
  // The earlier turns are folded a moment after the answer is whole, so stay a little longer.
  if (following === Infinity && article.querySelector('.answer[aria-busy="false"]')) {
    following = performance.now() + 600;
  }
  article.scrollIntoView({ block: "start" });
}
for (const name of ["wheel", "touchmove"]) {
  addEventListener(name, () => { following = 0; }, { passive: true });
}
if (log) {
  let due = 0;
  const seen = () => { clearTimeout(due); due = setTimeout(follow, 20); };
  new MutationObserver(seen).observe(log, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["id", "aria-busy"],
  });
  new ResizeObserver(seen).observe(log);
}
// --- names and roles that Gradio's parts lack; they come onto the page one after the other -----

const ROLES = [
  ["log", "log", "Conversation"],
  ["composer", "search", "Ask a question"],
  ["reviews", "group", "Reviews to search"],
];
function name() {
  for (const [id, role, label] of ROLES) {
    const part = $(id);
    if (part && !part.hasAttribute("role")) {
      part.setAttribute("role", role);
      part.setAttribute("aria-label", label);
    }
  }
  if (log) log.setAttribute("aria-live", "polite");
  const scope = document.querySelector("#scope .label-wrap");
  const choices = document.querySelector("#scope [data-testid=accordion-content]");
  if (!scope || !choices) return;
  const open = String(choices.style.display !== "none");
  if (scope.getAttribute("aria-expanded") !== open) scope.setAttribute("aria-expanded", open);
}
name();
new MutationObserver(name).observe($("composer") || document.body, {
  childList: true, subtree: true, attributes: true, attributeFilter: ["style"],
});
