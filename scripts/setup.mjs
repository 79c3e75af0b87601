// Makes a fresh clone ready, on whatever Node the machine has: packages from the lock file (a newer Node among
// them, as an optional one), then the bundle. Runs before every npm script that needs either; when nothing has
// changed it only compares times. Written for Node 18, because it is what installs the Node that the rest needs.
import {execFileSync, spawnSync} from 'node:child_process';
import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const minimum = [22, 19];

const modified = file => (existsSync(path.join(root, file)) ? statSync(path.join(root, file)).mtimeMs : 0);

const newest = folder =>
	Math.max(
		...readdirSync(path.join(root, folder), {withFileTypes: true}).map(entry =>
			entry.isDirectory() ? newest(path.join(folder, entry.name)) : modified(path.join(folder, entry.name)),
		),
		0,
	);

const isNewEnough = version => {
	const [major = 0, minor = 0] = version.replace('v', '').split('.').map(Number);
	return major > minimum[0] || (major === minimum[0] && minor >= minimum[1]);
};

if (modified('node_modules/.package-lock.json') < modified('package-lock.json')) {
	console.error('Setting up: packages from the npm registry (once; one to three minutes) …');
	const {status} = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
		cwd: root,
		stdio: ['ignore', 'ignore', 'inherit'],
		shell: process.platform === 'win32',
	});
	if (status !== 0) {
		console.error(
			'The packages could not be installed; what npm says is above. Check the network and the npm registry, then run it again.',
		);
		process.exit(2);
	}
}

const installed = path.join(root, 'node_modules', '.bin', 'node');
const installedVersion = existsSync(installed) ? execFileSync(installed, ['--version'], {encoding: 'utf8'}).trim() : '';
const node = isNewEnough(installedVersion) ? installed : process.execPath;
if (node === process.execPath && !isNewEnough(process.version)) {
	console.error(
		`Node ${minimum.join('.')} or newer is needed; this is ${process.version}, and the npm registry has none for this platform.`,
	);
	console.error('Install a newer Node and run the command again.');
	process.exit(2);
}

if (process.argv.includes('--build')) {
	const sources = Math.max(newest('source'), modified('package.json'), modified('package-lock.json'), newest('scripts'));
	const version = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).version;
	if (modified('dist/.built') < sources) {
		console.error(`Building kubectl-hostport ${version} …`);
		execFileSync(node, [path.join(root, 'scripts', 'build.mjs')], {cwd: root, stdio: 'inherit'});
	}
}
