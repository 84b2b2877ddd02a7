// The front-end's own checks, on a built static/dist: sizes, icons, the lock. Exit code 1 with a sentence each.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { buildSprite, filesBelow } from "./sprite.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const dist = join(root, "static/dist");
const problems = [...buildSprite(root).problems];
const BUDGET = 120 * 1024; // gzipped JavaScript of one page: app.js and the page's own

const gz = (name) => gzipSync(readFileSync(join(dist, name)), { level: 9 }).length;
for (const name of ["app.css", "app.js", "sprite.svg"]) {
  if (!existsSync(join(dist, name))) problems.push(`static/dist/${name} is missing: run the build first`);
}
if (!problems.length) {
  for (const file of filesBelow(join(root, "templates"), [".html"])) {
    const names = [...readFileSync(file, "utf8").matchAll(/static ['"]([a-z-]+\.js)['"]/g)].map(([, name]) => name);
    const page = new Set(["app.js", ...names]);
    for (const name of page) if (!existsSync(join(dist, name))) problems.push(`${relative(root, file)}: no script ${name} is built`);
    if (problems.length) continue;
    const size = [...page].reduce((sum, name) => sum + gz(name), 0);
    if (size > BUDGET) problems.push(`${relative(root, file)}: ${size} bytes of gzipped script, the budget is ${BUDGET}`);
  }
}

const lock = readFileSync(join(root, "package-lock.json"), "utf8");
if (/"resolved":/.test(lock)) problems.push("package-lock.json names download addresses: install with this folder's .npmrc");
const packages = JSON.parse(lock).packages;
for (const [name, version] of [["tailwindcss", "4.3.3"], ["@tailwindcss/cli", "4.3.3"]]) {
  if (packages[`node_modules/${name}`]?.version !== version) problems.push(`${name} must be ${version} (later locks were incomplete)`);
}
if (!packages["node_modules/htmx.org"]?.version.startsWith("2.0.")) problems.push("htmx.org must be 2.0.x (4 is another API)");

for (const problem of problems) console.error(problem);
process.exit(problems.length ? 1 : 0);
