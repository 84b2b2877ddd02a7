// Builds static/dist: app.css (Tailwind), one script per entry (esbuild), sprite.svg, the typeface.
//   node static/src/build.mjs          once, minified
//   node static/src/build.mjs --watch  rebuilds on change
// Deterministic: the same sources give the same bytes; the server adds content hashes when it collects them.
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, watch, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { buildSprite } from "./sprite.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const dist = join(root, "static/dist");
const require = createRequire(import.meta.url);
const watching = process.argv.includes("--watch");

// Every file directly in js/ is a page's entry; shared modules live in folders below it.
const entries = readdirSync(join(here, "js")).filter((name) => name.endsWith(".js")).sort();
const scripts = {
  entryPoints: entries.map((name) => join(here, "js", name)),
  outdir: dist,
  bundle: true,
  format: "iife", // classic deferred scripts: one request each, no import map, and a static host may rename them
  target: ["es2022"],
  minify: !watching,
  legalComments: "linked",
  logLevel: "warning",
};

const tailwind = join(dirname(require.resolve("@tailwindcss/cli/package.json")), "dist/index.mjs");
// Tailwind empties its output before it writes: write beside it and rename, so that a server never serves half a file.
const styleArguments = (target, ...more) => [tailwind, "-i", join(here, "css/app.css"), "-o", target, ...more];

function fonts() {
  const family = dirname(require.resolve("@fontsource-variable/figtree/package.json"));
  mkdirSync(join(dist, "fonts"), { recursive: true });
  for (const subset of ["latin", "latin-ext"]) {
    copyFileSync(join(family, `files/figtree-${subset}-wght-normal.woff2`), join(dist, `fonts/figtree-${subset}.woff2`));
  }
  copyFileSync(join(family, "LICENSE"), join(dist, "fonts/figtree-LICENSE.txt"));
}

function sprite() {
  const { svg, problems } = buildSprite(root);
  for (const problem of problems) console.error(problem);
  if (problems.length && !watching) process.exit(1);
  writeFileSync(join(dist, "sprite.svg"), svg);
}

mkdirSync(dist, { recursive: true });
const wanted = new Set([...entries.flatMap((name) => [name, `${name}.LEGAL.txt`]), "app.css", "sprite.svg", "fonts"]);
for (const name of readdirSync(dist)) {
  if (!wanted.has(name) && !name.endsWith(".tmp")) rmSync(join(dist, name), { recursive: true });
}
fonts();
sprite();

if (watching) {
  const context = await esbuild.context(scripts);
  await context.watch();
  spawn(process.execPath, styleArguments(join(dist, "app.css"), "--watch=always"), { cwd: root, stdio: "inherit" });
  for (const folder of ["templates", "static/src"]) watch(join(root, folder), { recursive: true }, () => sprite());
  console.log(`watching; writing ${relative(root, dist)}/`);
} else {
  await esbuild.build(scripts);
  const half = join(dist, `app.css.${process.pid}.tmp`);
  const done = spawnSync(process.execPath, styleArguments(half, "--minify"), { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
  if (done.status !== 0) {
    process.stderr.write(done.stderr);
    process.exit(done.status ?? 1);
  }
  renameSync(half, join(dist, "app.css"));
}
