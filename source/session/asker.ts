import type {SshQuestions} from '../access/ssh/questions.ts';
import {printableLine} from '../foreign-text.ts';

/** SSH's questions put to a person, and whether one is open: whoever draws there or counts the time waits meanwhile. */
export type Asker = {readonly questions: Required<SshQuestions>; readonly isAsking: () => boolean};

/** Asks for a line; undefined where the person gave up. */
export type Ask = Required<SshQuestions>['askSecret'];

/** SSH's questions by way of one that asks for a line. */
export function askerBy(ask: Ask): Asker {
	let open = 0;
	const counted: Ask = async (prompt, options) => {
		open += 1;
		try {
			return await ask(printableLine(prompt, 400), options);
		} finally {
			open -= 1;
		}
	};
	return {
		isAsking: () => open > 0,
		questions: {
			askSecret: counted,
			async askHostKey({host, keyType, fingerprint, file}, signal) {
				const known = `The host ${host} is not known. Its ${keyType} key has the fingerprint ${fingerprint}.`;
				const answer = await counted(`${known} Trust it from now on, in ${file}? Type yes or no:`, {echo: true, signal});
				return answer?.trim().toLowerCase() === 'yes';
			},
		},
	};
}
