import path from 'node:path';
import {homeFolder} from '../../local-user.ts';

/** A file's name for a message: the home folder is `~`, as a person writes it, and its owner's name stays out of saved evidence. */
export function shownPath(file: string): string {
	const home = homeFolder();
	return home !== '' && file.startsWith(home + path.sep) ? `~${file.slice(home.length)}` : file;
}
