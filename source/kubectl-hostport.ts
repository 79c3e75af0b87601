#!/usr/bin/env node
// The launcher: says in one line when Node is too old, switches the compile cache on before any code is loaded,
// and answers the cheapest question without loading anything.
import process from 'node:process';
import {version} from './version.ts';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
	console.error(`kubectl hostport needs Node 22.19 or newer; this is ${process.version}.`);
	console.error('Install a newer Node (https://nodejs.org) and run the command again.');
	process.exitCode = 2;
} else if (process.argv.length === 3 && process.argv[2] === '--version') {
	console.log(`kubectl-hostport ${version}`);
} else {
	const [{enableCompileCache}, {setFlagsFromString}] = await Promise.all([import('node:module'), import('node:v8')]);
	enableCompileCache();
	// V8's space for new objects stays small. In a large one, answers of some megabytes that nobody needs any more wait long to be collected:
	// the peak at 1,000 nodes is 190 MB instead of 320.
	setFlagsFromString('--semi-space-growth-factor=1');
	// And what is held grows by a third before it is looked through, not to twice and more of itself.
	setFlagsFromString('--heap-growing-percent=30');
	const {main} = await import('./cli.ts');
	const words = process.argv.slice(2);
	// kubectl asks a program of this name what completes `kubectl hostport …`: a link to this one.
	// An executable is told its own name by the second alone: the first is a path inside of it.
	const names = [process.argv[1] ?? '', process.argv0];
	const isCompletion = names.some(name => /(?:^|[/\\])kubectl_complete-hostport(?:\.mjs|\.exe)?$/u.test(name));
	await main(isCompletion ? ['__complete', ...words] : words);
}
