// --- the document view: a native dialog, filled by the server ---------------------------------
//
// The address bar names the place that is shown, so that it can be kept, sent and gone back from.
// An entry of the history holds its place; what was looked for is left out of it.

const VIEW = "ask-the-reviews-view";
const FIELDS = ["start", "end", "page", "paragraph", "version"];
const dialog = document.createElement("dialog");
dialog.className = "reader";
dialog.setAttribute("aria-labelledby", "reader-title");
dialog.innerHTML = '<button type="button" class="close" aria-label="Close">Close</button>' +
  '<p class="unseen" role="status"></p><div class="pane"></div>';
document.querySelector(".gradio-container .contain").appendChild(dialog);
const pane = dialog.querySelector(".pane");
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

function depth() { return (history.state && history.state.depth) || 0; }

// Another document, or the list: an entry of its own in the history.
async function visit(place) {
  await leaving;
  history.pushState({ place, depth: depth() + 1 }, "", location.href);
  await read(place);
}

// Another place in the same document.
function change(wish) { return read({ ...standing(), ...wish }); }

async function read(place) {
  const mine = ++asked;
  const from = dialog.contains(document.activeElement) ? keyOf(document.activeElement) : "";
  if (!dialog.open) {
    pane.innerHTML = '<p class="waiting">Opening …</p>';
    dialog.showModal();
  }
  let shown;
  try { shown = await server.read({ view: view(), ...place }); } catch { shown = '<p class="problem" role="alert">The document could not be opened.</p>'; }
  if (mine !== asked || !dialog.open) return; // something else was opened meanwhile, or nothing
  pane.innerHTML = shown;
  const now = pane.querySelector(".document");
  const data = now ? now.dataset : {};
  const kept = standing();
  delete kept.find;
  delete kept.match;
  history.replaceState({ place: kept, depth: depth() }, "", data.link || location.pathname);
  library(pane);
  enlarge();
  aim(data);
  const again = from && pane.querySelector(from);
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

function aim({ aim, page }) {
  pane.scrollTop = 0;
  const places = { spot: "mark.spot", quote: "mark:not(.found)", page: `.page[data-page="${page}"]` };
  const place = aim && pane.querySelector(".leaf") && pane.querySelector(places[aim]);
  if (place) place.scrollIntoView({ block: aim === "page" ? "start" : "center" });
}

// --- leaving: the history goes back to before the dialog was opened ----------------------------

dialog.addEventListener("close", () => {
  asked += 1;
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
  else if (button.dataset.page) change({ page: button.dataset.page, part: "" });
  else if (button.dataset.part) change({ part: button.dataset.part });
  else if (button.matches(".larger")) {
    large = !large;
    enlarge();
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
  if (event.altKey || event.ctrlKey || event.metaKey || !pane.querySelector(".document[data-uri]")) return;
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
  const words = document.createElement("p");
  words.className = "problem";
  words.setAttribute("role", "alert");
  words.textContent = "The page could not be drawn. “Text” shows its words.";
  image.closest("figure").replaceChildren(words);
  try {
    const answer = await fetch(image.src);
    if (!answer.ok) words.textContent += ` (${await answer.text()})`;
  } catch { /* the server is gone: nothing more is known */ }
}, true);

if (new URLSearchParams(location.search).get("document")) {
  const place = placeOf(new URLSearchParams(location.search));
  history.replaceState({ place, depth: depth() }, "", location.href);
  read(place);
}
