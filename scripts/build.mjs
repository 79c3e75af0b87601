// Bundles source/ into dist/, split by dynamic import, so that a command loads only what it needs.
import {chmodSync, mkdirSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {bundle} from './bundle.ts';
import {bundledPackages, thirdPartyLicences} from './package/notices.ts';

const out = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), 'dist');

rmSync(out, {recursive: true, force: true});
mkdirSync(out, {recursive: true});
const metafile = await bundle(out, {splitting: true});
chmodSync(path.join(out, 'kubectl-hostport.mjs'), 0o755);
writeFileSync(path.join(out, '.built'), JSON.stringify(metafile));
writeFileSync(path.join(out, 'THIRD-PARTY-LICENSES'), thirdPartyLicences(bundledPackages(Object.keys(metafile.inputs))));
