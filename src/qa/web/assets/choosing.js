// --- the choice of documents: by review, by author, by date ------------------------------------

const scope = $("scope");
const boxes = () => [...scope.querySelectorAll("input[name=uri]")];

// What is searched: null for all, so that a document that is added meanwhile is searched too.
function chosenDocuments() {
  const all = boxes();
  const chosen = all.filter((one) => one.checked);
  return chosen.length === all.length ? null : chosen.map((one) => one.value);
}

function scopeSaid() {
  const place = scope.querySelector(".scope-of");
  const all = boxes();
  if (!place || !all.length) return;
  const chosen = all.filter((one) => one.checked);
  const names = [...new Set(chosen.map((one) => one.dataset.review))];
  if (chosen.length === all.length) place.textContent = `Searching all ${all.length} documents`;
  else if (!chosen.length) place.textContent = "No document chosen";
  else if (names.length <= 3 && names.length === chosen.length) place.textContent = `Searching ${names.join(", ")}`;
  else place.textContent = `Searching ${chosen.length} of ${all.length} documents`;
}

// Those that an author and the years leave are chosen, and no others.
function filtered() {
  const said = (name) => { const field = scope.querySelector(`[data-filter=${name}]`); return field ? field.value.trim() : ""; };
  const [author, from, to] = ["author", "from", "to"].map(said);
  for (const one of boxes()) {
    const year = Number(one.dataset.year); // 0 where it is not known
    one.checked = (!author || one.dataset.author === author)
      && (!from || year >= from) && (!to || (year && year <= to));
  }
  scopeSaid();
}

// The list is drawn anew where it is another; a document that is new is searched too, one that was
// left out stays so.
let drawnAs = scope.innerHTML;
function redrawn(html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  if (fresh.innerHTML === drawnAs) return;
  drawnAs = fresh.innerHTML;
  const left = new Set(boxes().filter((one) => !one.checked).map((one) => one.value));
  const chooser = scope.querySelector(".chooser");
  const open = Boolean(chooser && chooser.open);
  scope.innerHTML = html;
  for (const one of boxes()) one.checked = !left.has(one.value);
  const drawn = scope.querySelector(".chooser");
  if (drawn) drawn.open = open;
  scopeSaid();
}

scope.addEventListener("change", (event) => {
  if (event.target.matches("[data-filter]")) filtered();
  else scopeSaid();
});
scope.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("[data-choose]");
  if (!button) return;
  for (const field of scope.querySelectorAll("[data-filter]")) field.value = "";
  for (const one of boxes()) one.checked = button.dataset.choose === "all";
  scopeSaid();
});
scope.addEventListener("keydown", (event) => {
  const chooser = scope.querySelector(".chooser[open]");
  if (event.key !== "Escape" || !chooser) return;
  chooser.open = false;
  chooser.querySelector("summary").focus();
});
