import {stat} from 'node:fs/promises';
import path from 'node:path';
import {ActionableError} from '../errors.ts';

/** What starts a program: file and words of `spawn`. */
export type Start = {
	readonly file: string;
	readonly words: readonly string[];
	/** Windows: the words are a command line as it stands. */
	readonly isVerbatim?: boolean;
};

type Around = {
	readonly environment: NodeJS.ProcessEnv;
	readonly platform: NodeJS.Platform;
	readonly isFile?: (file: string) => Promise<boolean>;
};

/**
 * How a command of the kubeconfig is started. Elsewhere the system looks for it; on Windows it is looked for by PATH and PATHEXT as kubectl does
 * (Go, os/exec, lp_windows.go), and `.cmd` and `.bat` are given to cmd.exe, which alone can run them.
 * @throws ActionableError for a word that cmd.exe would change
 */
export async function startOf(command: string, words: readonly string[], around: Around): Promise<Start> {
	if (around.platform !== 'win32') return {file: command, words};
	const file = (await foundOnWindows(command, around)) ?? command;
	return /\.(?:cmd|bat)$/iu.test(file) ? byCommandShell(file, words, around.environment) : {file, words};
}

async function foundOnWindows(command: string, {environment, isFile = isRegularFile}: Around): Promise<string | undefined> {
	const {PATHEXT = '.com;.exe;.bat;.cmd', PATH = ''} = environment;
	const endings = PATHEXT.toLowerCase()
		.split(';')
		.filter(ending => ending !== '')
		.map(ending => (ending.startsWith('.') ? ending : `.${ending}`));
	// Go refuses what it finds in the current folder, which a folder of PATH that is not absolute leads to.
	const folders = PATH.split(';').filter(folder => path.win32.isAbsolute(folder));
	const places = /[/\\:]/u.test(command) ? [command] : folders.map(folder => path.win32.join(folder, command));
	const names = places.flatMap(place => [...(path.win32.extname(place) === '' ? [] : [place]), ...endings.map(ending => place + ending)]);
	for (const name of names) if (await isFile(name)) return name;
	return undefined;
}

const isRegularFile = async (file: string): Promise<boolean> =>
	stat(file).then(
		found => found.isFile(),
		() => false,
	);

/** Quotes keep everything from cmd.exe but quotes, `%` and line ends; for those there is no form that each script reads the same. */
function byCommandShell(file: string, words: readonly string[], {ComSpec = 'cmd.exe'}: NodeJS.ProcessEnv): Start {
	const changed = [file, ...words].find(word => /["%\r\n]/u.test(word));
	if (changed !== undefined)
		throw new ActionableError(
			`cmd.exe would change the word ${JSON.stringify(changed)} of the credential plug-in ${file}`,
			'Use a plug-in that is an .exe, or set users[].user.exec.args without quotes, % and line breaks.',
		);
	// A backslash before a quote would make it a part of the word for the program behind the script.
	const quoted = [file, ...words].map(word => `"${word.replace(/\\+$/u, '$&$&')}"`);
	return {file: ComSpec, words: ['/d', '/s', '/c', `"${quoted.join(' ')}"`], isVerbatim: true};
}
