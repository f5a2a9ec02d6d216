// --- the document view: a native dialog, filled by the server ---------------------------------
//
// The address bar names the place that is shown, so that it can be kept, sent and gone back from.
// An entry of the history holds its place; what was looked for is left out of it.

const VIEW = "ask-the-reviews-view";
const FIELDS = ["start", "end", "page", "paragraph", "version"];
const dialog = document.createElement("dialog");
dialog.className = "reader";
dialog.setAttribute("aria-labelledby", "reader-title");
dialog.innerHTML = '<div class="bar"><div class="slot"></div>' +
  '<button type="button" class="close" aria-label="Close">Close</button></div>' +
  '<p class="unseen" role="status"></p><div class="pane"></div>';
document.querySelector(".gradio-container .contain").appendChild(dialog);
const pane = dialog.querySelector(".pane");
const slot = dialog.querySelector(".slot");
const told = dialog.querySelector("[role=status]");
let asked = 0;
let leaving = null; // until the history is back where it was before the dialog was opened
let closing = false;
let large = false;

function tell(words) { if (words) told.textContent = words; }

function placeOf(query) {
  const place = {};
  if (!query.get("document")) return place;
  place.uri = query.get("document");
  for (const name of FIELDS) if (query.get(name)) place[name] = query.get(name);
  return place;
}

function view() {
  try { return sessionStorage.getItem(VIEW) || "image"; } catch { return "image"; }
}

// What the server is to know of where the reader is.
function standing() {
  const shown = pane.querySelector(".document[data-uri]");
  if (!shown) return {};
  const { uri, start, end, at, to, page, part, find, match } = shown.dataset;
  return { uri, start, end, at, to, page, part, find, match };
}

// --- the quotes of an answer, one after the other ----------------------------------------------

let pressed = null; // the link of a turn that was pressed last
let tour = null; // {stops, at, kind}: the quotes of the turn that the document was opened from
let tourLinks = []; // the links to them, while they stand on the page
let enteredAt = -1; // at which of them the document was opened

document.addEventListener("click", (event) => {
  pressed = event.target instanceof Element ? event.target.closest("article.turn a.read") : null;
}, true);

function takeTour(link, place) {
  [tour, tourLinks, enteredAt] = [null, [], -1];
  const own = link && link.getAttribute("href");
  if (!own || placeOf(new URL(link.href).searchParams).uri !== place.uri) return;
  const turn = link.closest("article.turn");
  const byPlace = new Map();
  for (const one of turn.querySelectorAll("a.read")) {
    const stop = placeOf(new URL(one.href).searchParams);
    if (stop.end && !byPlace.has(one.getAttribute("href"))) byPlace.set(one.getAttribute("href"), { one, stop });
  }
  const at = [...byPlace.keys()].indexOf(own);
  if (at < 0 || byPlace.size > 500) return;
  tourLinks = [...byPlace.values()].map(({ one }) => one);
  const stops = [...byPlace.values()].map(({ stop }) => stop);
  tour = { stops, at, kind: turn.matches(".not_found") ? "passage" : "quote" };
  enteredAt = at;
}

// They share an entry of the history: going back leads to the answer.
function stopAt(at) { return read({ ...tour.stops[at], tour: { ...tour, at } }); }

// Who has gone on to another quote comes back to its source.
function returned() {
  const link = tour && tour.at !== enteredAt && tourLinks[tour.at];
  if (!link || !link.isConnected) return;
  const card = link.closest(".card");
  if (card) go(card.id);
  else link.focus();
}

function depth() { return (history.state && history.state.depth) || 0; }

// Another document, or the list: an entry of its own in the history.
async function visit(place) {
  const link = pressed;
  await leaving;
  takeTour(link, place);
  history.pushState({ place, depth: depth() + 1 }, "", location.href);
  await read(tour ? { ...place, tour } : place);
}

// Another place in the same document; where its page is turned to, it is read from its top.
function change(wish, fromTop = false) { return read({ ...standing(), ...wish, tour }, fromTop); }

async function read(place, fromTop = false) {
  const mine = ++asked;
  tour = place.tour || null;
  const from = dialog.contains(document.activeElement) ? keyOf(document.activeElement) : "";
  if (!dialog.open) {
    pane.innerHTML = '<p class="waiting">Opening …</p>';
    dialog.showModal();
  }
  let shown = "";
  try { shown = await served("read", { view: view(), ...place }); } catch { /* said below */ }
  if (mine !== asked || !dialog.open) return; // something else was opened meanwhile, or nothing
  if (!shown) { // the address stays, so that loading the page again tries it again
    const words = made("p", "problem", "This could not be opened: the server did not answer.");
    words.setAttribute("role", "alert");
    pane.replaceChildren(words);
    if (!dialog.contains(document.activeElement)) dialog.querySelector(".close").focus();
    return;
  }
  pane.innerHTML = shown;
  const others = pane.querySelector(".tour");
  if (others) slot.replaceChildren(others);
  else slot.replaceChildren();
  const found = pane.querySelector(".document");
  const data = found ? found.dataset : {};
  const kept = data.uri ? standing() : { ...place };
  for (const wish of ["find", "match", "go", "seek"]) delete kept[wish];
  if (tour) kept.tour = tour;
  history.replaceState({ place: kept, depth: depth() }, "", data.link || location.pathname);
  library(pane);
  enlarge();
  aim(data, fromTop);
  const again = from && dialog.querySelector(from);
  const title = $("reader-title");
  if (again && !again.disabled) again.focus({ preventScroll: true });
  else if (title) title.focus({ preventScroll: true });
  tell(data.said);
}

function enlarge() {
  const image = pane.querySelector(".picture img");
  const button = pane.querySelector(".larger");
  if (!image || !button) return;
  button.setAttribute("aria-pressed", String(large));
  image.parentElement.classList.toggle("large", large);
  if (!image.dataset.sizes) image.dataset.sizes = image.sizes;
  image.sizes = large ? "1500px" : image.dataset.sizes;
}

// How what has the focus is found again when the pane is filled anew.
function keyOf(focused) {
  if (focused.id && focused.id !== "reader-title") return `#${focused.id}`;
  if (focused.matches(".step.back")) return ".step.back";
  if (focused.matches(".step.on")) return ".step.on";
  return focused.closest("form[data-go]") ? "#reader-go" : focused.closest("form[data-find]") ? "#reader-find" : "";
}

function aim({ aim, page }, fromTop = false) {
  pane.scrollTop = 0;
  const picture = pane.querySelector(".picture[data-y]");
  if (picture && aim !== "page" && !fromTop) showMark(picture);
  const places = { spot: "mark.spot", quote: "mark:not(.found, .other)", page: `.page[data-page="${page}"]` };
  const place = aim && pane.querySelector(".leaf") && pane.querySelector(places[aim]);
  if (place) place.scrollIntoView({ block: aim === "page" ? "start" : "center" });
}

// The picture is scrolled to its mark where that is out of sight.
function showMark(picture) {
  const image = picture.querySelector("img");
  const { x, y } = picture.dataset;
  picture.scrollLeft = Math.max(0, x * image.offsetWidth - 40);
  const down = image.getBoundingClientRect().top - pane.getBoundingClientRect().top + y * image.offsetHeight;
  if (down > 0.8 * pane.clientHeight) pane.scrollTop = down - 0.4 * pane.clientHeight;
}

// --- leaving: the history goes back to before the dialog was opened ----------------------------

dialog.addEventListener("close", () => {
  asked += 1;
  returned();
  if (!history.state || !history.state.place) return; // it is what closed the dialog
  if (!depth()) { // the page was opened at this place
    history.replaceState(null, "", location.pathname);
    return;
  }
  closing = true;
  leaving = new Promise((done) => {
    addEventListener("popstate", done, { once: true });
    setTimeout(done, 500);
  });
  history.go(-depth());
});
addEventListener("popstate", (event) => {
  if (closing) {
    closing = false;
    if (event.state && event.state.place) history.replaceState(null, "", location.pathname);
  } else if (event.state && event.state.place) read(event.state.place);
  else if (dialog.open) dialog.close();
});
dialog.addEventListener("click", (event) => {
  const at = event.target instanceof Element ? event.target : null;
  const button = at && at.closest("button");
  if (at === dialog || (button && button.matches(".close"))) dialog.close();
  else if (!button) return;
  else if (button.matches(".link")) copy(button, location.href);
  else if (button.dataset.view) {
    try { sessionStorage.setItem(VIEW, button.dataset.view); } catch { /* it lasts this page */ }
    change({ view: button.dataset.view });
  } else if (button.dataset.seek) change({ seek: button.dataset.seek });
  else if (button.matches(".home")) change({ page: "", part: "", at: "", to: "" });
  else if (button.dataset.stop) stopAt(Number(button.dataset.stop));
  else if (button.dataset.page) change({ page: button.dataset.page, part: "" }, true);
  else if (button.dataset.part) change({ part: button.dataset.part });
  else if (button.matches(".larger")) {
    large = !large;
    enlarge();
    const picture = pane.querySelector(".picture[data-y]");
    if (picture) showMark(picture);
  }
});

// --- the fields and the keys ------------------------------------------------------------------

dialog.addEventListener("submit", (event) => {
  event.preventDefault();
  const field = event.target.querySelector("input");
  const said = field.value.trim();
  if (event.target.hasAttribute("data-go")) {
    if (said) change({ go: said });
  } else if (event.target.hasAttribute("data-find")) {
    change({ find: said, seek: said && said === standing().find ? "next" : "first" });
  }
});
function inField() {
  const focused = document.activeElement;
  return focused && focused.matches("input, textarea, select");
}
dialog.addEventListener("keydown", (event) => {
  if (inField()) {
    const find = event.key === "Enter" && event.shiftKey && event.target.closest("form[data-find]");
    if (find && event.target.value.trim() === standing().find) {
      event.preventDefault();
      change({ seek: "previous" });
    }
    return;
  }
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.shiftKey && event.key.startsWith("Arrow")) { // with words selected, it selects more
    const stop = dialog.querySelector({ ArrowLeft: ".stop.earlier", ArrowRight: ".stop.later" }[event.key] || "none");
    if (!stop || !getSelection().isCollapsed) return;
    event.preventDefault();
    if (!stop.disabled) stop.click();
    return;
  }
  if (!pane.querySelector(".document[data-uri]")) return;
  const step = { ArrowLeft: ".step.back", ArrowRight: ".step.on", PageUp: ".step.back", PageDown: ".step.on" }[event.key];
  if (!step) return;
  if (event.key.startsWith("Page")) { // a screenful, and at the edge of the page the next one
    const down = event.key === "PageDown";
    const edge = down ? pane.scrollTop + pane.clientHeight >= pane.scrollHeight - 2 : pane.scrollTop <= 2;
    if (!edge) {
      event.preventDefault();
      pane.scrollBy({ top: (down ? 0.9 : -0.9) * pane.clientHeight, behavior: glide() });
      return;
    }
  }
  const button = pane.querySelector(step);
  if (!button) return;
  event.preventDefault();
  if (!button.disabled) button.click();
});
// A picture that cannot be drawn says so; its reason is the server's answer, shown as text.
pane.addEventListener("error", async (event) => {
  const image = event.target;
  if (!(image instanceof HTMLImageElement)) return;
  const words = made("p", "problem", "The page could not be drawn. “Text” shows its words.");
  words.setAttribute("role", "alert");
  image.closest("figure").replaceChildren(words);
  try {
    const answer = await fetch(image.src);
    if (!answer.ok) words.textContent += ` (${await answer.text()})`;
  } catch { /* the server is gone: nothing more is known */ }
}, true);

if (new URLSearchParams(location.search).get("document")) {
  const place = placeOf(new URLSearchParams(location.search));
  const kept = history.state && history.state.place; // the page was loaded again
  if (kept && kept.tour && kept.uri === place.uri) place.tour = kept.tour;
  history.replaceState({ place, depth: depth() }, "", location.href);
  read(place);
}
