// Makes the README's pictures and the recording from the built program in a real terminal: npm run pictures.
import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {castOf} from './pictures/cast.ts';
import {pictureFile, svgOfPicture} from './pictures/files.ts';
import {record, size} from './pictures/record.ts';

const {pictures, shown} = await record(true);
for (const name of ['answer', 'repaired'] as const) {
	const file = pictureFile(`${name}.svg`);
	mkdirSync(path.dirname(file), {recursive: true});
	writeFileSync(file, svgOfPicture(name, pictures[name]));
	console.log(path.relative(process.cwd(), file));
}

const cast = pictureFile('repair.cast');
writeFileSync(cast, castOf(shown, {...size, title: 'kubectl hostport demo'}));
console.log(path.relative(process.cwd(), cast));
