/** What a code means: the text of `explain CODE` and of docs/causes. Plain sentences, no markup but backquotes around code. */
export type Explanation = {
	readonly code: string;
	/** One line without a full stop. */
	readonly title: string;
	readonly meaning: string;
	/** What must be seen for it to be claimed, cheapest first. */
	readonly proof: readonly string[];
	/** How it is told apart from what looks alike. */
	readonly toldApart: readonly string[];
	readonly cure: readonly string[];
	/** What people take for the cause, and why it is not. */
	readonly falseLeads: readonly string[];
	/** Issues, files and pages behind it. */
	readonly sources: readonly string[];
};
