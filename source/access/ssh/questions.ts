import {createSlots} from '../../slots.ts';

/** An unknown host key, as a person is asked about it. */
export type HostKeyQuestion = {
	readonly host: string;
	/** `ED25519`, `ECDSA`, `RSA` … */
	readonly keyType: string;
	/** `SHA256:…` */
	readonly fingerprint: string;
	/** The file the key will be written into after a yes. */
	readonly file: string;
};

/**
 * How SSH asks the person at the terminal. Both are absent where there is none: unknown keys are refused then, and
 * encrypted keys and passwords are omitted.
 */
export type SshQuestions = {
	/** Whether to trust this key from now on. */
	readonly askHostKey?: (question: HostKeyQuestion, signal: AbortSignal) => Promise<boolean>;
	/** A passphrase, a password or another secret, read without echo unless told; undefined: the person gave up. */
	readonly askSecret?: (prompt: string, options: {readonly echo: boolean; readonly signal: AbortSignal}) => Promise<string | undefined>;
};

/** The same questions, but never two at once: many connections are opened side by side, and there is one keyboard. */
export function oneAtATime({askHostKey, askSecret}: SshQuestions): SshQuestions {
	const keyboard = createSlots(1);
	return {
		...(askHostKey && {askHostKey: (question, signal) => keyboard.use(() => askHostKey(question, signal), signal)}),
		...(askSecret && {askSecret: (prompt, options) => keyboard.use(() => askSecret(prompt, options), options.signal)}),
	};
}
