import type {SshChoices} from './ssh-flags.ts';

/**
 * The words of an `ssh` command line that say what a person chose: the same for asking `ssh -G` and for really connecting,
 * so that both mean the same. They go to the program as they are, never through a shell.
 */
export function choiceArguments(choices: SshChoices): string[] {
	const words: string[] = [];
	if (choices.config !== undefined) words.push('-F', choices.config);
	if (choices.user !== undefined) words.push('-l', choices.user);
	if (choices.port !== undefined) words.push('-p', String(choices.port));
	if (choices.key !== undefined) words.push('-i', choices.key, '-o', 'IdentitiesOnly=yes');
	if (choices.knownHosts !== undefined) words.push('-o', `UserKnownHostsFile=${quoted(choices.knownHosts)}`);
	if (choices.jump !== undefined) words.push('-o', `ProxyJump=${choices.jump}`);
	return words;
}

// ssh splits this value at blanks unless it is in double quotes.
const quoted = (file: string): string => (/\s/u.test(file) ? `"${file}"` : file);
