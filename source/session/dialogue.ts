import type {StepDoubt} from '../repair/run/doubts.ts';

/** What a person chooses from. */
export type Offered = {
	/** One line. */
	readonly title: string;
	readonly rows: ReadonlyArray<readonly [word: string, says: string]>;
	/** What is chosen, before the answer. */
	readonly what: string;
};

/** Whoever is asked before something is changed, and told what becomes of it. */
export type Dialogue = {
	/** Nobody is asked: all was agreed to before, or nothing is to be changed. What nothing vouches for is left then. */
	readonly isUnasked: boolean;
	/** Shows doubts whole; gives ids of those that the person has said yes to, and the others. */
	readonly askDoubts: (doubts: readonly StepDoubt[]) => Promise<{readonly agreed: readonly string[]; readonly left: readonly StepDoubt[]}>;
	readonly agrees: (question: string) => Promise<boolean>;
	/** Gives what was typed: one of the words offered, or another; Enter alone gives the usual one. */
	readonly choose: (offered: Offered, usual: string) => Promise<string>;
	/** Asked last, for the name of the cluster. @throws where the person does not say it */
	readonly confirm: (cluster: string) => Promise<void>;
	readonly say: (line: string) => void;
};
