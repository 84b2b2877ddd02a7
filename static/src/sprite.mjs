// One SVG file with the icons that the pages really use: lucide's (ISC licence) and our own.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

/** Every file below `folder` with one of the endings. */
export function filesBelow(folder, endings) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && endings.includes(extname(entry.name)))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** Map of icon name -> the file that asks for it. Names chosen at run time are listed in icons.json. */
export function iconsUsed(root) {
  const used = new Map();
  for (const name of JSON.parse(readFileSync(join(here, "icons.json"), "utf8"))) used.set(name, "static/src/icons.json");
  for (const file of filesBelow(join(root, "templates"), [".html"])) {
    const text = readFileSync(file, "utf8");
    for (const [, name] of text.matchAll(/<c-icon\b[^>]*?\sname="([a-z0-9-]+)"/g)) used.set(name, relative(root, file));
    for (const [, name] of text.matchAll(/<c-[a-z-]+\b[^>]*?\sicon="([a-z0-9-]+)"/g)) used.set(name, relative(root, file));
    for (const [, name] of text.matchAll(/sprite\.svg['"] %\}#([a-z0-9-]+)"/g)) used.set(name, relative(root, file));
  }
  return used;
}

export function buildSprite(root) {
  const lucide = join(dirname(require.resolve("lucide-static/package.json")), "icons");
  const problems = [];
  const symbols = [];
  for (const [name, file] of [...iconsUsed(root)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const own = join(here, "icons", `${name}.svg`);
    const source = existsSync(own) ? own : join(lucide, `${name}.svg`);
    if (!existsSync(source)) {
      problems.push(`${file}: there is no icon "${name}" (lucide or static/src/icons)`);
      continue;
    }
    const svg = readFileSync(source, "utf8").replace(/<!--[\s\S]*?-->/g, "");
    const box = /viewBox="([^"]+)"/.exec(svg)[1];
    const inner = svg.replace(/^[\s\S]*?<svg[\s\S]*?>/, "").replace(/<\/svg>\s*$/, "").replace(/\s+/g, " ").trim();
    symbols.push(`<symbol id="${name}" viewBox="${box}">${inner}</symbol>`);
  }
  const notice = "<!-- Icons: lucide (ISC licence) -->";
  return { svg: `<svg xmlns="http://www.w3.org/2000/svg">${notice}${symbols.join("")}</svg>\n`, problems };
}
