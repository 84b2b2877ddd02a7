// One file a request, three at a time, with progress; what failed on the line can be tried again, what was refused says why.
const AT_ONCE = 3;

/** Reads the words of one answer; a line that broke has none. */
function answerOf(xhr) {
  try {
    return JSON.parse(xhr.responseText);
  } catch {
    return {};
  }
}

/**
 * Sends one file. `told` = {progress(0..1), done(data), refused(sentence), broke(sentence)}.
 * done: the asset as assets/views/uploads.py tile_data gives it, with duplicate_of.
 */
export function sendFile(address, file, fields, told) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file, file.name);
  const xhr = new XMLHttpRequest();
  xhr.open("POST", address);
  xhr.setRequestHeader("Accept", "application/json");
  xhr.responseType = "text";
  xhr.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) told.progress(event.loaded / event.total);
  });
  xhr.addEventListener("load", () => {
    const answer = answerOf(xhr);
    if (xhr.status === 201) told.done(answer);
    else if (answer.sentence && !answer.again) told.refused(answer.sentence);
    else told.broke(answer.sentence ?? "");
  });
  for (const trouble of ["error", "timeout", "abort"]) xhr.addEventListener(trouble, () => told.broke(""));
  xhr.send(form);
  return xhr;
}

const LARGE = 6 * 1024 * 1024; // from here on a broken line would hurt: send pieces
const TRIES = 6;
const later = (ms) => new Promise((go) => setTimeout(go, ms));

/** One request of an upload in pieces; resolves to {status, answer}, rejects when the line broke. */
function ask(method, address, { body, headers = {}, progress } = {}) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open(method, address);
    xhr.setRequestHeader("Accept", "application/json");
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    if (progress) xhr.upload.addEventListener("progress", (event) => progress(event.loaded));
    xhr.addEventListener("load", () => (xhr.status >= 500 ? reject(new Error("server")) : resolve({ status: xhr.status, answer: answerOf(xhr) })));
    for (const trouble of ["error", "timeout", "abort"]) xhr.addEventListener(trouble, () => reject(new Error("line")));
    xhr.send(body);
  });
}

class Refusal extends Error {}

/** Where an upload in pieces stands, kept with the File so that "Try again" goes on instead of starting over. */
const begun = new WeakMap();

async function begin(address, file, fields) {
  if (begun.has(file)) return begun.get(file);
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...fields, filename: file.name, size: file.size })) form.append(name, value);
  const { status, answer } = await ask("POST", address, { body: form });
  if (status !== 201 && !answer.whole) throw new Refusal(answer.sentence ?? "");
  if (!answer.whole) begun.set(file, answer);
  return answer;
}

/** Sends a large file piece by piece; a lost piece is sent again from where the server says. `told` as in sendFile. */
export async function sendPieces(addresses, file, fields, told) {
  try {
    const upload = await begin(addresses.pieces, file, fields);
    if (upload.whole) return void sendFile(addresses.whole, file, fields, told);
    const headers = { "X-CSRFToken": fields.csrfmiddlewaretoken ?? "" };
    let { offset } = upload;
    let tries = 0;
    while (offset < file.size) {
      try {
        const piece = file.slice(offset, offset + upload.piece);
        const { status, answer } = await ask("PATCH", upload.url, {
          body: piece,
          headers: { ...headers, "Content-Type": "application/octet-stream", "Upload-Offset": String(offset) },
          progress: (sent) => told.progress((offset + sent) / file.size),
        });
        if (status === 200) [offset, tries] = [answer.offset, 0];
        else if (answer.code === "offset") offset = (await ask("GET", upload.url)).answer.offset;
        else throw new Refusal(answer.sentence ?? "");
      } catch (error) {
        tries += 1;
        if (error instanceof Refusal || tries >= TRIES) throw error;
        await later(500 * 2 ** tries);
        offset = await ask("GET", upload.url).then(({ answer }) => answer.offset ?? offset, () => offset);
      }
      upload.offset = offset;
    }
    told.progress(1);
    const { status, answer } = await ask("POST", upload.url, { headers });
    begun.delete(file);
    if (status === 201) told.done(answer);
    else told.refused(answer.sentence ?? "");
  } catch (error) {
    if (error instanceof Refusal && error.message) {
      begun.delete(file);
      told.refused(error.message);
    } else told.broke("");
  }
}

/** Sends a file the way that suits its size. */
export function send(addresses, file, fields, told) {
  if (addresses.pieces && file.size > LARGE) sendPieces(addresses, file, fields, told);
  else sendFile(addresses.whole, file, fields, told);
}

/** A line of files with at most AT_ONCE on the way. `addresses` = {whole, pieces}. */
export class UploadLine {
  constructor(addresses, fields) {
    this.addresses = addresses;
    this.fields = fields;
    this.waiting = [];
    this.running = 0;
  }

  add(file, told) {
    this.waiting.push([file, told]);
    this.next();
  }

  next() {
    while (this.running < AT_ONCE && this.waiting.length) {
      const [file, told] = this.waiting.shift();
      this.running += 1;
      const over = (tell) => (value) => {
        this.running -= 1;
        tell(value);
        this.next();
      };
      send(this.addresses, file, this.fields(), {
        progress: told.progress,
        done: over(told.done),
        refused: over(told.refused),
        broke: over(told.broke),
      });
    }
  }

  get busy() {
    return this.running + this.waiting.length > 0;
  }
}

/** Calls `drop` with the files dropped on or pasted into the page; `veil(on)` while something is carried over it. */
export function takeDrops(drop, veil) {
  let inside = 0;
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  document.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    inside += 1;
    veil(true);
  });
  document.addEventListener("dragleave", () => {
    inside = Math.max(0, inside - 1);
    if (!inside) veil(false);
  });
  document.addEventListener("dragover", (event) => {
    if (carriesFiles(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    inside = 0;
    veil(false);
    drop([...event.dataTransfer.files]);
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) drop(files);
  });
}
