// Runs once, when the head of the page is there: `element`, `trigger` and `server` are Gradio's.
// Nothing here reads or writes document text as markup; that is made, escaped, on the server.

const KEY = "ask-the-reviews-theme";
const $ = (id) => document.getElementById(id);
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const glide = () => (calm() ? "auto" : "smooth");

function made(tag, style, words) {
  const one = document.createElement(tag);
  if (style) one.className = style;
  if (words) one.textContent = words;
  return one;
}

// What the server makes of it, as HTML. Gradio hides why a call failed, and returns nothing.
async function served(name, value) {
  const html = await server[name](value);
  if (typeof html !== "string") throw new Error("the server did not answer");
  return html;
}

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
    box.focus();
    return;
  }
  const last = id === "log" && shownTurns().pop();
  const place = last ? last.querySelector(".answer") || last : $(id);
  if (!place) return;
  following = 0; // an answer that still grows would scroll back to its question
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
  const within = button.closest("dialog");
  try {
    await navigator.clipboard.writeText(text);
  } catch { // not a secure page, or not allowed: the old way
    const area = made("textarea");
    area.value = text;
    area.style.position = "fixed";
    area.style.opacity = "0";
    (within || document.body).append(area); // beside an open dialog nothing can be selected
    area.select();
    done = document.execCommand("copy");
    area.remove();
    button.focus();
  }
  const before = button.dataset.label || button.textContent;
  button.dataset.label = before;
  button.textContent = done ? "Copied" : "Could not copy";
  (within ? tell : say)(button.textContent);
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
    const form = button.dataset.form || "answer";
    ask(button.dataset.ask, { form, alone: form !== "answer" });
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

// --- menus: one at a time, closed by Escape and by a press elsewhere ---------------------------

document.addEventListener("click", (event) => {
  const inside = event.target instanceof Element && event.target.closest("details.menu");
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== inside) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target instanceof Element && event.target.closest("details.menu[open]");
  if (!menu) return;
  event.preventDefault();
  menu.open = false;
  menu.querySelector("summary").focus();
});

// --- names and roles that Gradio's parts lack --------------------------------------------------

const log = $("log");
if (log) {
  log.setAttribute("role", "region");
  log.setAttribute("aria-label", "Conversation");
}
if ($("composer")) {
  $("composer").setAttribute("role", "search");
  $("composer").setAttribute("aria-label", "Ask a question");
}

// What stays in its place must not cover what has the focus, and must not be too tall to be seen.
function measured() {
  const composer = $("composer");
  const covered = getComputedStyle(composer).position === "sticky" ? composer.offsetHeight : 0;
  document.documentElement.style.scrollPaddingBottom = `${covered + 12}px`;
  for (const said of log.querySelectorAll(".say")) said.classList.toggle("tall", said.offsetHeight > innerHeight - covered - 40);
}
if (log && $("composer")) {
  new ResizeObserver(measured).observe($("composer"));
  new MutationObserver(() => requestAnimationFrame(measured)).observe(log, { childList: true, subtree: true });
  addEventListener("resize", measured);
}

// What happens is said here; the log itself is silent, or each piece of a growing answer would be
// read out again.
const live = made("p", "unseen");
live.id = "live";
live.setAttribute("role", "status");
document.querySelector(".gradio-container .contain").appendChild(live);
function say(words) { live.textContent = words; }
