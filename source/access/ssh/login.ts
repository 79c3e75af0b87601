import ssh2, {type AnyAuthMethod, type ParsedKey, type Prompt} from 'ssh2';
import {printableLine} from '../../foreign-text.ts';
import type {Identity} from './identity-file.ts';
import {ChosenKeysAgent, FileAgent} from './key-ring.ts';
import type {KeyRing} from './key-ring.ts';
import type {SshQuestions} from './questions.ts';
import {shownPath} from './shown-path.ts';
import type {SshSettings} from './ssh-settings.ts';

const passwordTries = 3;

/** One login in progress: hands ssh2 the next thing to try and notes what was tried. */
export type Login = {
	/** The next method; undefined: nothing is left. `open` are the methods the server would still take, null before it has said so. */
	next(open: readonly string[] | null): Promise<AnyAuthMethod | undefined>;
	/** What was tried, for the message when nothing worked. */
	readonly tried: readonly string[];
	/** Encrypted keys that were locked because nobody can be asked for the passphrase. */
	readonly locked: readonly string[];
	/** Methods the server named, in its own words. */
	readonly open: readonly string[];
};

/** What a login needs beside the settings. `whileAsking` stops the clock of the connection while somebody is thinking. */
export type LoginHelp = Pick<KeyRing, 'privateKey'> & {
	readonly askSecret: SshQuestions['askSecret'] | undefined;
	readonly signal: AbortSignal;
	readonly whileAsking: <T>(question: Promise<T>) => Promise<T>;
};

/**
 * The order of ssh: the agent (the keys that ssh_config names first), identity files, keyboard-interactive, password;
 * the last two only where somebody can be asked.
 */
export function startLogin(settings: SshSettings, identities: readonly Identity[], help: LoginHelp): Login {
	const {askSecret, signal} = help;
	const tried: string[] = [];
	const locked: string[] = [];
	let gaveUp = false;
	let serverTakes: readonly string[] = [];
	const sequence = methods(settings, identities, {
		...help,
		note(name, method) {
			if (!tried.includes(name)) tried.push(name);
			return method;
		},
		lock: file => void locked.push(file),
		async ask(text, echo) {
			const answer = await askSecret?.(text, {echo, signal});
			if (answer === undefined) gaveUp = true;
			return answer;
		},
	});
	return {
		tried,
		locked,
		get open() {
			return serverTakes;
		},
		async next(open) {
			if (open) serverTakes = open;
			for (;;) {
				const {value, done} = await sequence.next();
				if (done || !value || gaveUp) return undefined;
				const [method, attempt] = value;
				if (method !== 'none' && !serverTakes.includes(method)) continue;
				const chosen = await attempt();
				if (chosen && !gaveUp) return chosen;
			}
		},
	};
}

type Ask = (text: string, echo: boolean) => Promise<string | undefined>;

/** Told what is tried, by the name it has in messages, and which key files stay locked; `ask` gives undefined where nobody answers. */
type Steps = LoginHelp & {
	readonly note: <Method>(name: string, method: Method) => Method;
	readonly lock: (file: string) => void;
	readonly ask: Ask;
};

/** What can be tried, in order: the method in the server's words, and what makes the attempt. */
async function* methods(
	settings: SshSettings,
	identities: readonly Identity[],
	steps: Steps,
): AsyncGenerator<[method: string, attempt: () => Promise<AnyAuthMethod | undefined>]> {
	const {askSecret, whileAsking, note, lock, ask} = steps;
	const username = settings.user;
	const place = `${username}@${settings.alias}`;
	yield ['none', async () => ({type: 'none', username})];
	let offered: readonly ParsedKey[] = [];
	if (settings.agent !== undefined) {
		const wanted = identities.flatMap(({publicKey}) => publicKey ?? []);
		const agent = new ChosenKeysAgent(ssh2.createAgent(settings.agent), wanted, settings.identitiesOnly, whileAsking);
		yield ['publickey', async () => note('agent', {type: 'agent', username, agent})];
		offered = agent.offered;
	}

	for (const identity of identities) {
		if (offered.some(key => identity.publicKey && key.getPublicSSH().equals(identity.publicKey.getPublicSSH()))) continue;
		if (identity.encrypted && !askSecret) lock(shownPath(identity.path));
		else if (identity.privateKey || identity.encrypted) yield ['publickey', async () => fileMethod(identity, username, steps)];
	}

	if (!askSecret) return;
	const prompt = prompter(place, ask);
	for (let tries = 0; tries < passwordTries; tries += 1)
		yield ['keyboard-interactive', async () => note('keyboard-interactive', {type: 'keyboard-interactive', username, prompt})];
	for (let tries = 0; tries < passwordTries; tries += 1) {
		yield [
			'password',
			async () => {
				const password = await ask(`Password of ${place}: `, false);
				return password === undefined ? undefined : note('password', {type: 'password', username, password});
			},
		];
	}
}

async function fileMethod(identity: Identity, username: string, steps: Steps): Promise<AnyAuthMethod | undefined> {
	const file = shownPath(identity.path);
	if (identity.publicKey) return steps.note(file, {type: 'agent', username, agent: new FileAgent([identity], steps)});
	// An old encrypted format hides the public key too: nothing can be offered before it is unlocked.
	const key = await steps.privateKey(identity);
	return key && steps.note(file, {type: 'publickey', username, key});
}

/** Puts the server's prompts to the person, one after the other. */
const prompter =
	(place: string, ask: Ask) =>
	(name: string, instructions: string, _language: string, prompts: readonly Prompt[], finish: (answers: string[]) => void): void => {
		const answer = async (): Promise<string[]> => {
			const answers: string[] = [];
			for (const {prompt: text, echo} of prompts) {
				const words = [name, instructions, text].map(part => printableLine(part, 200)).filter(Boolean);
				answers.push((await ask(`${place}: ${words.join(' ')} `, echo ?? false)) ?? '');
			}

			return answers;
		};
		// An interrupted question answers with nothing; the connection is torn down by the same signal.
		answer().then(finish, () => finish([]));
	};
