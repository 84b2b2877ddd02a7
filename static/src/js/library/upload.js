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
function ask(method, address, { body, headers = {}, progress, foreign } = {}) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open(method, address);
    if (!foreign) xhr.setRequestHeader("Accept", "application/json"); // a bucket's rules allow the bare file alone
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
  if (status !== 201) throw new Refusal(answer.sentence ?? "");
  begun.set(file, answer);
  return answer;
}

/** Tries again and again, with longer pauses; `after` asks how much arrived meanwhile. */
async function patiently(work, after) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Refusal || tries >= TRIES) throw error;
      await later(500 * 2 ** tries);
      await after().catch(() => {});
    }
  }
}

/** Pieces to the application, one after the other: it says where the next one begins. */
async function piecesToUs(upload, file, headers, progress) {
  const catchUp = async () => (upload.offset = (await ask("GET", upload.url)).answer.offset ?? upload.offset);
  while (upload.offset < file.size) {
    await patiently(async () => {
      const at = upload.offset;
      if (at >= file.size) return; // the last piece had arrived, only its answer was lost
      const { status, answer } = await ask("PATCH", upload.url, {
        body: file.slice(at, at + upload.piece),
        headers: { ...headers, "Content-Type": "application/octet-stream", "Upload-Offset": String(at) },
        progress: (sent) => progress((at + sent) / file.size),
      });
      if (status === 200) upload.offset = answer.offset;
      else if (answer.code === "offset") await catchUp();
      else throw new Refusal(answer.sentence ?? "");
    }, catchUp);
  }
}

/** Pieces straight into the bucket, to one signed address each; what is there already is not sent again. */
async function piecesToBucket(upload, file, progress) {
  const missing = async () => {
    const there = new Set((await ask("GET", upload.url)).answer.arrived ?? []);
    upload.left = upload.urls.map((_, index) => index).filter((index) => !there.has(index + 1));
  };
  if (upload.left) await missing().catch(() => {});
  upload.left ??= upload.urls.map((_, index) => index);
  while (upload.left.length) {
    const index = upload.left[0];
    const at = index * upload.piece;
    const done = file.size - upload.left.reduce((sum, one) => sum + Math.min(upload.piece, file.size - one * upload.piece), 0);
    await patiently(async () => {
      const { status } = await ask("PUT", upload.urls[index], {
        body: file.slice(at, at + upload.piece),
        progress: (sent) => progress((done + sent) / file.size),
        foreign: true,
      });
      if (status !== 200) throw new Error("bucket");
      upload.left = upload.left.filter((one) => one !== index);
    }, missing);
  }
}

/** Sends a large file piece by piece; a lost piece is sent again. `told` as in sendFile. */
export async function sendPieces(addresses, file, fields, told) {
  try {
    const upload = await begin(addresses.pieces, file, fields);
    const headers = { "X-CSRFToken": fields.csrfmiddlewaretoken ?? "" };
    if (upload.urls?.length) await piecesToBucket(upload, file, told.progress);
    else await piecesToUs(upload, file, headers, told.progress);
    told.progress(1);
    // Finishing twice is harmless, so a lost answer is asked for again.
    const { status, answer } = await patiently(() => ask("POST", upload.url, { headers }), async () => {});
    if (answer.again) throw new Error("incomplete");
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
