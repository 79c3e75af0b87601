import {spawn} from 'node:child_process';

export type Ended = {
	readonly exitCode: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly stdout: string;
	readonly stderr: string;
	readonly seconds: number;
};

export type Started = {
	readonly signal: (name: NodeJS.Signals) => void;
	readonly ended: Promise<Ended>;
};

type StartOptions = {
	readonly environment?: NodeJS.ProcessEnv;
	readonly input?: string;
	readonly timeoutSeconds: number;
};

/** Starts a program and gathers what it says. Past its time limit it is killed, which then shows as the signal SIGKILL. */
export function start(file: string, words: readonly string[], options: StartOptions): Started {
	const begun = performance.now();
	const child = spawn(file, words, {env: options.environment ?? process.env, stdio: ['pipe', 'pipe', 'pipe']});
	const limit = setTimeout(() => child.kill('SIGKILL'), options.timeoutSeconds * 1000);
	let stdout = '';
	let stderr = '';
	child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
	child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
	child.stdin.on('error', () => undefined).end(options.input ?? '');
	const ended = new Promise<Ended>((resolve, reject) => {
		child.once('error', reject);
		child.once('close', (exitCode, signal) => resolve({exitCode, signal, stdout, stderr, seconds: (performance.now() - begun) / 1000}));
	}).finally(() => clearTimeout(limit));
	return {signal: name => child.kill(name), ended};
}

/** Runs a program that must succeed and gives its standard output. */
export async function run(file: string, words: readonly string[], options: StartOptions): Promise<string> {
	const ended = await start(file, words, options).ended;
	if (ended.exitCode === 0) return ended.stdout;
	throw new Error(
		`${file} ${words.join(' ')} ended with ${ended.signal ?? ended.exitCode} after ${ended.seconds.toFixed(1)} s:\n${ended.stderr}${ended.stdout}`,
	);
}
