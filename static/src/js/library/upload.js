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

/** A line of files with at most AT_ONCE on the way. */
export class UploadLine {
  constructor(address, fields) {
    this.address = address;
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
      sendFile(this.address, file, this.fields(), {
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
