import type {Line} from '../line.ts';
import type {At} from '../screens/screen.ts';
import type {Scrolled} from '../screens/text-screen.tsx';
import type {Step} from '../state.ts';

/** What the plan's page remembers. */
export type PlanScreen = Scrolled<'plan'> & {
	/** Key of the row under the cursor; null: the one that matters most now. */
	readonly row: string | null;
	/** Rows that are unfolded. */
	readonly open: readonly string[];
	/** The source that is being typed; null: none is. */
	readonly text: string | null;
};

/** A line that the cursor can stand on, what Enter does there, and what the footer says of that. */
export type Row = {
	readonly key: string;
	readonly lines: readonly Line[];
	readonly word: string;
	readonly act: (at: At<PlanScreen>) => Step | undefined;
};

/** What stands between the rows. */
export type Block = Row | {readonly lines: readonly Line[]};
