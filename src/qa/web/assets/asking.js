// --- asking: what is typed goes to the server with what was said before ------------------------
//
// `now` is filled by the server and holds the newest question; earlier ones stand in `past`, put
// there by this script. A question has a token, so that what stands in `now` from an earlier one,
// or from another conversation, is never taken for its answer.

const past = $("past");
const now = $("now");
const box = $("question-box");
const [sendButton, stopButton, clearButton] = [$("send"), $("stop"), $("clear")];
const SLOW = 15_000; // after so long without a word, the page says that it still waits
let pending = null; // the question that is being answered
let patience = 0;

function newest() {
  const article = now.querySelector("article.turn");
  return article && !now.hidden ? article : null;
}

function shownTurns() { return [...log.querySelectorAll("#past article.turn, #now:not([hidden]) article.turn")]; }

function nextNumber() { return keeping.before(Infinity).length + 1; }

// The question is asked; `number` is given where an earlier one is asked again in other words.
function ask(question, { form = "answer", alone = false, number = nextNumber() } = {}) {
  question = question.trim();
  if (!question) return;
  if (pending) { say("A question is being answered. Stop it to ask another."); return; }
  const token = crypto.getRandomValues(new Uint32Array(3)).join("-");
  pending = { token, number, question, form, taken: settle(number), own: $("composer").contains(document.activeElement) };
  now.hidden = true;
  past.appendChild(placeholder(question, number, form));
  busy(true);
  keepFocus(stopButton);
  bringUp(past.lastElementChild);
  wait();
  const turns = keeping.before(number).slice(-20);
  const uris = chosenDocuments();
  sending.send(() => trigger("submit", { question, form, alone, number, token, turns, uris }));
}

// What stands in `now` goes to the past. What a question that is asked again takes the place of is
// taken away, and returned: it comes back where there is no answer.
function settle(number) {
  const article = newest();
  if (article) past.appendChild(folded(article.cloneNode(true)));
  const taken = [];
  for (const other of past.querySelectorAll("article.turn")) {
    const [place, whole] = [Number(other.dataset.number), other.dataset.turn];
    if (whole && place < number) continue;
    other.remove();
    if (whole && place < nextNumber()) taken.push(folded(other));
  }
  return taken;
}

function folded(article) {
  const sources = article.querySelector("details.found");
  if (sources) sources.open = false;
  for (const part of article.querySelectorAll(".next")) part.replaceChildren();
  for (const form of article.querySelectorAll("form.rephrase")) {
    form.previousElementSibling.classList.remove("unseen");
    form.remove();
  }
  return article;
}

const DOING = { answer: "Searching the documents …", beside: "Asking each review …", timeline: "Looking for dates …" };
function placeholder(question, number, form) {
  const article = made("article", form === "answer" ? "turn soon" : `turn soon ${form}`);
  article.dataset.number = number;
  article.tabIndex = -1;
  const said = made("div", "say");
  said.append(made("h2", "question", question), made("p", "waiting", DOING[form] || DOING.answer));
  article.append(said);
  return article;
}

// What had the focus may be gone, hidden or disabled now.
function keepFocus(place) {
  const had = document.activeElement;
  if (!had || had === document.body || had.disabled || !had.checkVisibility()) place.focus({ preventScroll: true });
}

function unplaced() { for (const soon of past.querySelectorAll(".soon")) soon.remove(); }

function busy(on) {
  sendButton.hidden = on;
  stopButton.hidden = !on;
  conversing(on || shownTurns().length > 0);
  for (const other of [$("beside"), $("timeline")]) other.disabled = on;
  if (on) say("Searching …");
}

function conversing(on) {
  clearButton.hidden = !on;
  $("to-answer").hidden = !on;
}

function wait() {
  clearTimeout(patience);
  patience = setTimeout(() => {
    const words = "No answer has come yet: the server is busy, or cannot be reached. Stop, and ask again.";
    const waiting = past.querySelector(".soon .waiting");
    if (waiting) waiting.textContent = words;
    say(words);
  }, SLOW);
}

// --- the answer comes -------------------------------------------------------------------------

function arrived() {
  const article = now.querySelector("article.turn");
  if (!article || !pending || article.dataset.token !== pending.token) return;
  sending.taken();
  wait();
  if (now.hidden) {
    unplaced();
    now.hidden = false;
  }
  const answer = article.querySelector(".answer");
  bringUp(article);
  if (answer.getAttribute("aria-busy") === "false") whole(article, answer);
}

function whole(article, answer) {
  const { number, own, taken } = pending;
  ended();
  // Who asked by a button elsewhere on the page goes on from the answer.
  keepFocus(own ? sendButton : answer);
  const text = article.dataset.turn;
  if (text) {
    keeping.keep(number, text);
    suggest(article);
  } else if (taken.length) { // a problem: it stands after what it was to take the place of
    past.append(...taken);
    const name = (id) => id.replace(/^t\d+/, `t${nextNumber()}`);
    for (const one of [article, ...article.querySelectorAll("[id]")]) one.id = name(one.id);
    article.setAttribute("aria-labelledby", name(article.getAttribute("aria-labelledby")));
    article.scrollIntoView({ block: "start" });
  }
  box.placeholder = "Ask a follow-up";
  say(article.matches(".problem") ? "" : spoken(article, answer)); // a problem is an alert itself
}

function ended() {
  clearTimeout(patience);
  pending = null;
  unplaced();
  busy(false);
}

// What a screen reader says once the answer is whole: its words, and how many sources it has.
function spoken(article, answer) {
  const words = answer.innerText.replace(/\s+/g, " ").trim();
  const sources = article.querySelector(".sources h3");
  return `${words.slice(0, 600)}${words.length > 600 ? " …" : ""} ${sources ? sources.textContent : ""}`;
}

async function suggest(article) {
  const place = article.querySelector(".next");
  const turns = keeping.before(Infinity).slice(-20);
  let found = "";
  try { found = await served("suggest", { turns }); } catch { return; }
  if (found && !pending && newest() === article) place.innerHTML = found;
}

new MutationObserver(arrived).observe(now, {
  childList: true, subtree: true, attributes: true, attributeFilter: ["aria-busy", "data-token"],
});

// --- the server refuses the question: Gradio tells it to nobody, the browser's records do -------

const REFUSED = {
  0: "The server cannot be reached. Once it can be, load the page again.",
  401: "You are logged out: load the page again to log in.",
  413: "The question, with what was said before, is too large for the server. Begin a new conversation.",
  429: "Too many questions came from here. Wait a few seconds, and ask again.",
  503: "Too many questions are waiting. Wait a few seconds, and ask again.",
};

function refused(status) {
  const { question, number, form, taken } = pending;
  ended();
  now.hidden = true;
  past.append(...taken);
  const article = placeholder(question, number, form);
  article.classList.replace("soon", "problem");
  const words = made("p", "problem", REFUSED[status] || `The server did not take the question (${status}).`);
  words.setAttribute("role", "alert");
  const actions = made("div", "actions");
  actions.append(pressable("Edit question", "edit-question"));
  article.querySelector(".waiting").replaceWith(words, actions);
  past.append(article);
  conversing(true);
  article.scrollIntoView({ block: "nearest" });
  if (!box.value && !taken.length) box.value = question;
  fit();
  keepFocus(box);
}

// Until the server has taken a question Gradio knows nothing that it could stop, so both the stop
// and what is asked next wait for that.
const sending = (() => {
  let since = 0; // when a question went that the server has not taken yet
  let halted = false; // it is to be stopped
  let next = null;
  let late = 0;

  function send(submit) {
    if (since) { next = submit; return; }
    since = performance.now();
    late = setTimeout(taken, SLOW); // in a browser that does not tell
    submit();
  }

  function stop() {
    if (next) next = null;
    else if (since) halted = true;
    else trigger("stop");
  }

  function taken(status) {
    const failed = status === 0 || status >= 400; // undefined where it is not known
    if (halted && !failed) trigger("stop");
    if (!halted && failed && pending) refused(status);
    const submit = next;
    clearTimeout(late);
    [since, halted, next] = [0, false, null];
    if (submit) send(submit);
  }

  if (window.PerformanceObserver) new PerformanceObserver((list) => {
    for (const { name, startTime, responseStatus } of list.getEntries()) {
      if (since && startTime >= since && /\/queue\/join\b/.test(name)) taken(responseStatus);
    }
  }).observe({ type: "resource" });
  return { send, stop, taken };
})();

// --- stopping, beginning anew, drawing a kept conversation again -------------------------------

stopButton.addEventListener("click", () => {
  if (!pending) return;
  sending.stop();
  const { token, taken } = pending;
  past.append(...taken);
  const answer = now.querySelector("article.turn .answer");
  if (answer && answer.closest("article").dataset.token === token && !now.hidden && !taken.length) {
    answer.setAttribute("aria-busy", "false");
    answer.append(made("p", "stopped", "Stopped before the answer was whole."));
  } else now.hidden = true;
  ended();
  say("Stopped.");
  box.focus();
});

function emptied() {
  if (pending) sending.stop();
  ended();
  past.replaceChildren();
  now.hidden = true;
  for (const article of now.querySelectorAll("article.turn")) article.removeAttribute("id");
  conversing(false);
}

clearButton.addEventListener("click", () => {
  emptied();
  keeping.begin();
  box.value = "";
  box.placeholder = "Ask a question";
  fit();
  scrollTo({ top: 0 });
  box.focus();
});

// The page shows a conversation that the server has drawn, and nothing else.
function drawConversation(html) {
  emptied();
  past.innerHTML = html;
  const last = past.lastElementChild;
  if (last) {
    const sources = last.querySelector("details.found");
    if (sources) sources.open = true;
    last.scrollIntoView({ block: "start" });
  }
  conversing(Boolean(last));
  box.placeholder = last ? "Ask a follow-up" : "Ask a question";
}

// Who opened a conversation goes on from its last question.
function toNewest() {
  const last = shownTurns().pop();
  if (!last) return;
  const heading = last.querySelector(".question");
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

// --- the box and its buttons ------------------------------------------------------------------

function fit() {
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight + 2, 150)}px`;
}
function submit(form = "answer") {
  const question = box.value;
  if (!question.trim() || pending) { box.focus(); return; }
  box.value = "";
  fit();
  ask(question, { form });
}
box.addEventListener("input", fit);
box.value ||= keeping.drafted();
fit();
addEventListener("pagehide", () => keeping.draft(box.value || (pending ? pending.question : "")));
box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit();
});
$("beside").addEventListener("click", () => submit("beside"));
$("timeline").addEventListener("click", () => submit("timeline"));
document.addEventListener("submit", (event) => {
  const form = event.target instanceof Element ? event.target : null;
  if (!form || !form.matches("#asking, form.again, form.rephrase")) return;
  event.preventDefault();
  if (form.id === "asking") submit();
  // The searched question, mended and asked again: it leans on nothing before it.
  else if (form.matches(".again")) ask(form.elements.query.value, { form: form.dataset.form, alone: true });
  else {
    const { number, form: kind } = form.dataset;
    ask(form.elements.query.value, { form: kind, number: Number(number) });
  }
});

// A question is edited in its place, and asked again from there: what came after it goes.
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("button.edit-question");
  if (!button || pending) return;
  const article = button.closest("article.turn");
  const heading = article.querySelector(".question");
  if (article.querySelector("form.rephrase")) return;
  const form = made("form", "rephrase");
  form.dataset.number = article.dataset.number;
  form.dataset.form = ["beside", "timeline"].find((kind) => article.classList.contains(kind)) || "answer";
  const field = made("textarea");
  field.name = "query";
  field.rows = 2;
  field.maxLength = box.maxLength;
  field.value = heading.textContent;
  field.setAttribute("aria-label", "Your question");
  const [again, keep] = [made("button", "", "Ask again"), pressable("Cancel")];
  const later = shownTurns().filter((other) => Number(other.dataset.number) > Number(form.dataset.number)).length;
  const words = made("p", "facts", later && `The ${later === 1 ? "question" : `${later} questions`} after it will be taken off the conversation.`);
  const done = () => { form.remove(); heading.classList.remove("unseen"); button.focus(); };
  keep.addEventListener("click", done);
  field.addEventListener("keydown", (key) => {
    if (key.key === "Escape") done();
    else if (key.key === "Enter" && !key.shiftKey && !key.isComposing) { key.preventDefault(); form.requestSubmit(); }
  });
  form.append(field, again, keep, words);
  heading.classList.add("unseen");
  heading.after(form);
  field.focus();
});

// --- a new question comes to the top, its answer below it, unless its reader scrolls -----------

let following = 0;
function bringUp(article) {
  if (article.classList.contains("soon")) following = performance.now() + 20_000;
  if (performance.now() > following) return;
  article.scrollIntoView({ block: "start" });
}
const SCROLLS = ["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", "Tab"];
for (const name of ["wheel", "touchmove", "pointerdown"]) {
  addEventListener(name, () => { following = 0; }, { passive: true });
}
addEventListener("keydown", (event) => { if (SCROLLS.includes(event.key)) following = 0; });

// --- where to find support --------------------------------------------------------------------

const support = $("support");
if (support) {
  $("support-open").addEventListener("click", () => support.showModal());
  $("support-close").addEventListener("click", () => support.close());
  support.addEventListener("click", (event) => { if (event.target === support) support.close(); });
}

// --- what the documents are may have changed since the page was made ---------------------------

async function freshen() {
  try {
    const [begin, choose] = await Promise.all([served("begin", {}), served("choose", {})]);
    const home = $("home").querySelector(".home");
    if (!home.contains(document.activeElement)) home.outerHTML = begin; // it would lose the focus
    redrawn(choose);
  } catch { /* the page stands as it was made */ }
}
freshen();
