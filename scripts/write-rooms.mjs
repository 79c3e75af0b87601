// Writes the table of rooms into docs/house.md; with --check says whether it is as rooms.mjs has it.
import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {roomsTable} from './rooms.mjs';

const page = path.join(import.meta.dirname, '..', 'docs', 'house.md');
const text = readFileSync(page, 'utf8');
const written = text.replace(/^\| Room [\s\S]*?\n(?=\n)/mu, () => `${roomsTable()}\n`);
if (process.argv.includes('--check')) {
	if (written !== text) {
		console.error('docs/house.md has another table of rooms than scripts/rooms.mjs. To do: npm run docs');
		process.exitCode = 1;
	}
} else writeFileSync(page, written);
