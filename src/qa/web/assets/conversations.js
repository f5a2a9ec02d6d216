// --- conversations: kept in this browser alone, and only while its reader wants them kept --------
//
// A turn is a string that the server made; it goes back as it is, as numbers in it are too large
// for a browser. What lies in the browser's storage may have been put there by anyone: the server
// checks each turn anew, and what is shown of it here is shown as text.

const keeping = (() => {
  const BASE = `ask-the-reviews${location.pathname.replace(/\/+$/, "")}`;
  const [SHELF, TURNS, MARKS] = ["conversations", "turns", "marks"];
  const MAX_NAME = 200;
  const SILENT = 3_000; // ms: a storage that does not answer for so long is not waited for
  const loose = new Map(); // conversations that are in this tab's memory alone
  const heard = new Set(); // what is called when something has changed, here or in another tab
  let current = fresh();
  let wished = null; // the switch, where the browser refuses to keep even that
  let refused = ""; // why nothing can be kept, in words
  let opening = null;
  let running = Promise.resolve(); // one change after the other
  let showing = 0;
  let channel = null;

  // In a page that is not secure there is no crypto.randomUUID.
  function label() { return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join(""); }

  function fresh() { return { id: "", name: "", created: 0, changed: 0, kept: false, off: false, rows: [], gone: [], seen: new Set() }; }

  // --- what a turn says, for a name and a list --------------------------------------------------

  function readTurn(text) {
    try {
      const said = JSON.parse(text);
      return said && typeof said.question === "string" ? said.question : null;
    } catch { return null; }
  }

  function nameOf(text) {
    const whole = (readTurn(text) || "").replace(/\s+/g, " ").trim();
    if (whole.length <= 64) return whole || "Conversation";
    const cut = whole.slice(0, 64);
    return `${cut.includes(" ") ? cut.slice(0, cut.lastIndexOf(" ")) : cut} …`;
  }

  // --- the switch -------------------------------------------------------------------------------

  function wanted() {
    if (wished !== null) return wished;
    try { return localStorage.getItem(`${BASE}-keep`) !== "no"; } catch { return true; }
  }

  function want(on) {
    wished = null;
    try { localStorage.setItem(`${BASE}-keep`, on ? "yes" : "no"); } catch { wished = on; }
    return switched();
  }

  // Here, or in another tab: what is open is kept from now on, with what was asked meanwhile.
  async function switched() {
    const item = current;
    if (wanted() && item.rows.length) {
      item.off = false;
      await queued(() => store(item));
    }
    changed();
  }

  // --- the base ---------------------------------------------------------------------------------

  // Null where nothing can be kept; `refused` says why.
  function opened() {
    if (!opening) opening = new Promise((done) => {
      const none = (why) => {
        clearTimeout(silent);
        refused = why;
        done(null);
      };
      const silent = setTimeout(() => none("This browser's storage does not answer"), SILENT);
      const fail = (error) => none(
        error && error.name === "VersionError"
          ? "What this browser keeps is of a newer version of this page"
          : "This browser lets the page keep nothing (a private window may forbid it)",
      );
      let request;
      try { request = indexedDB.open(BASE, 1); } catch (error) { fail(error); return; }
      request.onupgradeneeded = () => {
        request.result.createObjectStore(SHELF, { keyPath: "id" });
        request.result.createObjectStore(TURNS, { keyPath: ["conversation", "order", "made"] });
        request.result.createObjectStore(MARKS, { keyPath: ["conversation", "made"] });
      };
      request.onerror = (event) => { event.preventDefault(); fail(request.error); };
      request.onsuccess = () => {
        const base = request.result;
        base.onversionchange = () => { base.close(); opening = null; };
        base.onclose = () => { opening = null; };
        if (![SHELF, TURNS, MARKS].every((name) => base.objectStoreNames.contains(name))) {
          base.close();
          fail(null);
          return;
        }
        clearTimeout(silent);
        done(base);
        if (!refused) return;
        refused = ""; // it was only slow
        opening = Promise.resolve(base);
        queued(again);
      };
    });
    return opening;
  }

  const got = (request) => new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });

  // What the work returns, once what it wrote has reached the disk; all of it, or nothing.
  async function within(mode, work) {
    const base = await opened();
    if (!base) return undefined;
    const change = base.transaction([SHELF, TURNS, MARKS], mode, { durability: "strict" });
    const ended = new Promise((done, failed) => {
      change.oncomplete = done;
      change.onabort = () => failed(change.error || new Error("it was broken off"));
    });
    ended.catch(() => {}); // it is waited for below, unless the work fails first
    let result;
    try {
      result = await work(...[SHELF, TURNS, MARKS].map((name) => change.objectStore(name)));
    } catch (error) {
      try { change.abort(); } catch { /* it has ended by itself */ }
      throw error;
    }
    if (mode === "readwrite") change.commit(); // at once, not when the browser finds that it is idle
    await ended;
    return result;
  }

  const all = (id) => IDBKeyRange.bound([id], [id, []]);

  function queued(work) {
    const done = running.then(work);
    running = done.catch(() => {});
    return done;
  }

  // --- what has changed is told to the other tabs, and to what shows it here --------------------

  try {
    channel = new BroadcastChannel(BASE);
    channel.onmessage = ({ data }) => {
      const said = data && typeof data === "object" ? data : {};
      if (said.emptied === true || text(said.deleted)) orphaned(said);
      else if (said.turned && said.turned === current.id && current.kept) overtaken();
      else if (said.marked && said.marked === current.id) marked();
      changed();
    };
  } catch { /* each tab is by itself */ }

  function tellTabs(message) { if (channel) channel.postMessage(message); }

  function changed() { for (const listener of heard) listener(); }

  // The place at the top of the page for what must not be missed; its words are read out too.
  function note(words, action, press) {
    const place = document.getElementById("keeping-note");
    if (!place) return;
    place.replaceChildren();
    place.hidden = !words;
    if (!words) return;
    place.append(made("span", "", words));
    const button = (label, done) => {
      const one = made("button", "", label);
      one.type = "button";
      one.addEventListener("click", () => { note(""); done(); });
      place.append(" ", one);
    };
    if (action) button(action, press);
    button("Close", () => box.focus());
  }

  function orphaned({ emptied: every, deleted }) {
    const gone = (item) => item.kept && (every === true || item.id === deleted);
    for (const item of [...loose.values()]) if (gone(item)) loose.delete(item.id);
    // What is being answered begins a conversation of its own, once it is whole.
    if (!gone(current) || pending) return;
    cleared();
    note("The conversation that was open here was deleted in another tab.");
  }

  function overtaken() {
    const { id } = current;
    note("This conversation went on in another tab. What you ask here now is kept as a conversation of its own.", "Show what was asked there", async () => {
      const problem = await open(id);
      if (problem) note(problem);
      else toNewest();
    });
  }

  async function marked() {
    const { id } = current;
    const item = await load(id).catch(() => null);
    if (!item || current.id !== id) return;
    for (const row of current.rows) {
      const same = item.rows.find((other) => other.made === row.made);
      if (same) row.mark = same.mark;
    }
    changed();
  }

  // --- which conversation this tab is in: a reload comes back to it -----------------------------

  function remember() {
    try {
      if (current.id && current.kept) sessionStorage.setItem(`${BASE}-open`, current.id);
      else sessionStorage.removeItem(`${BASE}-open`);
    } catch { /* a reload begins anew */ }
  }

  function remembered() {
    try { return sessionStorage.getItem(`${BASE}-open`) || ""; } catch { return ""; }
  }

  // What was typed, or asked and not answered yet.
  function draft(words) {
    try {
      if (words && wanted()) sessionStorage.setItem(`${BASE}-draft`, words);
      else sessionStorage.removeItem(`${BASE}-draft`);
    } catch { /* a reload forgets it */ }
  }

  function drafted() {
    try { return sessionStorage.getItem(`${BASE}-draft`) || ""; } catch { return ""; }
  }

  // --- keeping ----------------------------------------------------------------------------------

  function before(number) {
    const rows = number === Infinity ? current.rows : current.rows.slice(0, number - 1);
    return rows.map((row) => row.text);
  }

  function keep(number, text) {
    const same = current.rows[number - 1];
    if (same && same.text === text) return;
    const time = Date.now();
    if (!current.id) Object.assign(current, { id: label(), name: nameOf(text), created: time, off: !wanted() });
    const order = current.rows.reduce((most, row) => Math.max(most, row.order), 0) + 1;
    const row = { made: label(), order, text, mark: null, saved: false };
    const item = current;
    item.gone = [...item.gone, ...item.rows.slice(number - 1)];
    item.rows = [...item.rows.slice(0, number - 1), row];
    item.changed = time;
    queued(() => store(item)).then(() => {
      const article = item === current && log.querySelector(`article.turn[data-number="${number}"]`);
      if (article && row.saved) article.dataset.kept = "";
      changed();
    });
  }

  // The conversation is kept as this tab has it, without harm to what another tab kept of it.
  async function store(item) {
    if (!wanted() || item.off) {
      item.off = true;
      if (!item.kept || item.rows.some((row) => !row.saved)) loose.set(item.id, item);
      return;
    }
    let parted = "";
    let put; // what this writes: while the browser is at it, more may be asked and marked
    try {
      put = await within("readwrite", async (shelf, turns, marks) => {
        const known = item.kept ? await got(shelf.get(item.id)) : null;
        const keys = item.kept ? await got(turns.getAllKeys(all(item.id))) : [];
        if (item.kept && !known) parted = "deleted";
        else if (keys.some((key) => !item.seen.has(key[2]))) parted = "overtaken";
        if (parted) part(item, parted);
        else if (known) {
          item.name = nameText(known.name) || item.name; // it may have been renamed elsewhere
          for (const row of item.gone) {
            turns.delete([item.id, row.order, row.made]);
            marks.delete([item.id, row.made]);
          }
        }
        const { id, name, created, changed: time } = item;
        shelf.put({ id, name, created, changed: time });
        const rows = item.rows.filter((row) => !row.saved || row.stale);
        for (const row of rows) {
          if (!row.saved) turns.put({ conversation: id, order: row.order, made: row.made, text: row.text });
          if (!row.mark) marks.delete([id, row.made]);
          else marks.put({ conversation: id, made: row.made, mark: row.mark });
        }
        return { rows: rows.map((row) => ({ row, mark: row.mark })), gone: item.gone };
      });
      if (!put) { loose.set(item.id, item); return; }
    } catch (error) {
      loose.set(item.id, item);
      unkept(error);
      return;
    }
    for (const { row, mark: written } of put.rows) {
      row.saved = true;
      row.stale = row.mark !== written;
      item.seen.add(row.made);
    }
    item.kept = true;
    item.gone = item.gone.filter((row) => !put.gone.includes(row));
    loose.delete(item.id);
    if (item === current) remember();
    if (parted === "overtaken") note("This conversation went on in another tab too. What was asked here is kept as a conversation of its own.");
    if (parted === "deleted") note("This conversation was deleted in another tab. What is asked here begins a new one.");
    tellTabs({ turned: item.id });
  }

  // It becomes one of its own: without what was deleted, or beside what the other tab made of it.
  function part(item, why) {
    const last = item.rows[item.rows.length - 1];
    item.id = label();
    item.kept = false;
    item.created = Date.now();
    item.gone = [];
    item.seen = new Set();
    if (why === "deleted") item.name = nameOf(last.text);
    else item.name = nameText(`${item.name} (another tab)`);
    for (const row of item.rows) row.saved = why === "deleted" && row !== last;
  }

  function unkept(error) {
    const full = error && error.name === "QuotaExceededError";
    note(
      full
        ? "This browser has no room left, so what is asked here is not kept: it is lost when this tab is closed. Export the conversation, or delete others."
        : "What was asked here could not be kept in this browser: it is lost when this tab is closed. Export the conversation to keep it.",
      "Conversations", () => shelfView.show(),
    );
  }

  // Once there is room again, what had none is kept after all.
  async function again() {
    for (const item of [...loose.values()]) if (!item.off && !refused) await store(item);
    changed();
  }

  // --- reading what is kept ---------------------------------------------------------------------

  const text = (value) => (typeof value === "string" ? value : "");
  const plain = (words) => words.replace(/\s+/g, " ").trim();
  const nameText = (value) => plain(text(value)).slice(0, MAX_NAME);
  const when = (value) => (Number.isFinite(value) && Math.abs(value) < 8e15 ? value : 0);

  function entry(item, marks) {
    return { id: item.id, name: item.name, changed: item.changed, turns: item.rows.length, marks, kept: item.kept, open: item.id === current.id };
  }

  // All conversations, by their last change, how many entries nobody can read, and whether that is all.
  async function list() {
    const found = await within("readonly", (shelf, turns, marks) => Promise.all([got(shelf.getAll()), got(turns.getAllKeys()), got(marks.getAllKeys())])).catch(() => null);
    const [shelf, turns, marks] = found || [[], [], []];
    const tally = (keys) => keys.reduce((sums, [id]) => sums.set(id, (sums.get(id) || 0) + 1), new Map());
    const [asked, judged] = [tally(turns), tally(marks)];
    let strange = 0;
    const items = [];
    for (const one of shelf) {
      if (!text(one.id) || !asked.get(one.id)) { strange += 1; continue; }
      if (loose.has(one.id)) continue;
      items.push({ id: one.id, name: nameText(one.name) || "Conversation", changed: when(one.changed), turns: asked.get(one.id), marks: judged.get(one.id) || 0, kept: true, open: one.id === current.id });
    }
    for (const item of loose.values()) items.push(entry(item, item.rows.filter((row) => row.mark).length));
    items.sort((a, b) => b.changed - a.changed || (a.id < b.id ? -1 : 1));
    return { items, strange, whole: found !== null };
  }

  // The conversation as this tab can go on with it, or null; `left` counts what is not a turn.
  async function load(id) {
    if (current.id === id && !current.kept) return current;
    if (loose.has(id)) return loose.get(id);
    const found = await within("readonly", (shelf, turns, marks) => Promise.all([got(shelf.get(id)), got(turns.getAll(all(id))), got(marks.getAll(all(id)))]));
    if (!found || !found[0]) return null;
    const [known, turns, marks] = found;
    const item = { ...fresh(), id, name: nameText(known.name) || "Conversation", created: when(known.created), changed: when(known.changed), kept: true, left: 0 };
    for (const one of turns) {
      item.seen.add(one.made);
      if (!text(one.made) || !Number.isFinite(one.order) || readTurn(text(one.text)) === null) { item.left += 1; continue; }
      const mark = marks.find((other) => other.made === one.made);
      item.rows.push({ made: one.made, order: one.order, text: one.text, mark: mark ? readMark(mark.mark) : null, saved: true });
    }
    return item;
  }

  // A mark with nothing in it but the texts that a mark has, or null.
  function readMark(said) {
    if (!said || !["right", "wrong", "missing"].includes(said.mark)) return null;
    const mark = { mark: said.mark };
    for (const field of ["holds", "document", "page", "words"]) if (text(said[field])) mark[field] = said[field].slice(0, 2000);
    if (said.unanswered === true) mark.unanswered = true;
    return mark;
  }

  // --- opening, naming, deleting ----------------------------------------------------------------

  async function open(id) {
    let item;
    try { item = await queued(() => load(id)); } catch { item = null; }
    if (!item) return "That conversation is not there any more.";
    return show(item);
  }

  // In words why not, or nothing; until the server has drawn it, the page stands as it was.
  async function show(item, still = () => true) {
    const mine = ++showing;
    let html;
    try { html = await served("restore", item.rows.map((row) => row.text)); } catch {
      return "The conversation could not be shown: the server did not answer.";
    }
    if (mine !== showing || !still()) return ""; // something else was begun meanwhile
    current = item;
    drawConversation(html);
    // The server leaves out what is no turn; the places of those that it drew are theirs now.
    const drawn = shownTurns().map((article) => plain(article.querySelector(".question").textContent));
    const rows = [];
    for (const row of item.rows) {
      if (rows.length < drawn.length && plain(readTurn(row.text) || "") === drawn[rows.length]) rows.push(row);
    }
    const left = (item.left || 0) + Math.max(0, item.rows.length - drawn.length);
    if (rows.length === drawn.length) item.rows = rows;
    item.left = 0;
    remember();
    changed();
    if (left) note(`${left === 1 ? "One entry" : `${left} entries`} of this conversation could not be read, and ${left === 1 ? "is" : "are"} left out.`);
    return "";
  }

  function begin() {
    showing += 1;
    current = fresh();
    remember();
    changed();
  }

  async function rename(id, name) {
    const now = nameText(name);
    if (!now) return;
    for (const item of [current, ...loose.values()]) if (item.id === id) item.name = now;
    await queued(() => within("readwrite", async (shelf) => {
      const known = await got(shelf.get(id));
      if (known) shelf.put({ ...known, name: now });
    }));
    tellTabs({ named: id });
    changed();
  }

  async function remove(id) {
    await queued(() => within("readwrite", (shelf, turns, marks) => {
      shelf.delete(id);
      turns.delete(all(id));
      marks.delete(all(id));
    }));
    loose.delete(id);
    if (current.id === id) cleared();
    tellTabs({ deleted: id });
    await queued(again);
  }

  async function removeAll() {
    await queued(() => within("readwrite", (...stores) => { for (const store of stores) store.clear(); }));
    loose.clear();
    cleared();
    tellTabs({ emptied: true });
    changed();
  }

  function cleared() {
    begin();
    drawConversation("");
    if (document.activeElement === document.body) box.focus({ preventScroll: true });
  }

  // --- marks ------------------------------------------------------------------------------------

  function markOf(number) { const row = current.rows[number - 1]; return row ? row.mark : null; }

  // The mark is changed, or with null withdrawn; true once the browser keeps it so.
  async function mark(number, said) {
    const [item, row] = [current, current.rows[number - 1]];
    if (!row) return false;
    row.mark = said && readMark(said);
    row.stale = true; // until it is kept
    changed();
    try { await queued(() => storeMark(item, row)); } catch (error) { unkept(error); }
    changed();
    return row.saved && !row.stale;
  }

  async function storeMark(item, row) {
    if (!row.saved || !row.stale || !wanted()) return; // it goes with its turn
    await within("readwrite", async (shelf, turns, marks) => {
      if (!(await got(turns.getKey([item.id, row.order, row.made])))) return;
      if (row.mark) marks.put({ conversation: item.id, made: row.made, mark: row.mark });
      else marks.delete([item.id, row.made]);
    });
    row.stale = false;
    tellTabs({ marked: item.id });
  }

  // What an export is made of: the turns as they are, and the marks by their places.
  async function parcel(id) {
    const item = id === current.id ? current : await load(id);
    if (!item) throw new Error("it is not there any more");
    const marks = {};
    item.rows.forEach((row, place) => { if (row.mark) marks[place] = row.mark; });
    return { name: item.name, turns: item.rows.map((row) => row.text), marks };
  }

  // --- a reload comes back to where it was ------------------------------------------------------

  async function resume() {
    const id = remembered();
    if (!id || pending || current.rows.length) return;
    const item = await load(id).catch(() => null);
    if (!item || !item.rows.length || pending || current.rows.length) return;
    const words = await show(item, () => !pending && !current.rows.length);
    if (words) note(words);
  }

  addEventListener("storage", (event) => { if (event.key === `${BASE}-keep`) switched(); });
  setTimeout(resume, 0); // once the other scripts have run

  return {
    before, keep, begin, draft, drafted, list, open, rename, remove, removeAll, mark, markOf, parcel, want, wanted, note,
    refused: () => refused, ready: opened, listen: (listener) => heard.add(listener),
  };
})();
