import type {Strategy} from './diagnosis/strategy.ts';

// What a person may choose about a repair besides its strategy and its nodes, one row each: the flag of `fix`, its question in a terminal, the
// line of the wizard, and what a journal may say of it. What it does, and where it is offered, is with the kind of step that it belongs to
// (`offers` in `repair/define-step.ts`). This file loads nothing: help, completion and screens read it.

/** What is chosen: yes or no, one node, nodes, texts. */
type Values = {readonly yes: boolean; readonly node: string; readonly nodes: readonly string[]; readonly texts: readonly string[]};

type Row<Is extends keyof Values, Option extends string> = {
	readonly is: Is;
	/** The flag of `fix`, as options are named: `allowBarePods` is typed `--allow-bare-pods`. */
	readonly option: Option;
	readonly help: string;
	/** What stands for its value in help. */
	readonly value?: string;
	/** The shell completes it by the names of files. */
	readonly completes?: 'file';
	/** Asked by `fix` in a terminal where it would add steps to the plan; `names` are whom they are for. */
	readonly question?: (names: string) => string;
	/** The line by which the wizard of the terminal UI offers it; whom it concerns is told behind it. */
	readonly wizard?: string;
	/** The only strategy that it goes with. */
	readonly onlyWith?: Strategy;
	/** What it is where nobody has said; undecided unless given. */
	readonly otherwise?: Values[Is];
	/** A run that goes on keeps it. */
	readonly isKept?: true;
};

const row = <Is extends keyof Values, const Option extends string>(each: Row<Is, Option>): Row<Is, Option> => each;

/** In the order of help, of the questions and of the wizard. */
export const choices = {
	/** Where the portmap binary comes from, as typed, tried in this order for each architecture: `FILE`, `node:NAME`, `image:REF`, `release:VERSION`, `https://…`. */
	sources: row({
		is: 'texts',
		option: 'portmap',
		value: 'SOURCE',
		completes: 'file',
		help: 'where the binary comes from: FILE (- for standard input), node:NAME, image:REF, release:VERSION or an https URL; may be repeated, once for each architecture',
	}),
	/** The node that goes first; chosen where it is not given. */
	canary: row({is: 'node', option: 'canary', help: 'the node that goes first (default: one is chosen)'}),
	/** Unreachable nodes that the person chose to skip; journals know them by this name. */
	leaveOut: row({
		is: 'nodes',
		option: 'skip',
		help: 'skip an unreachable node; if it returns without portmap, its pods will not start; may be repeated',
		wizard: 'Skip unreachable nodes. If one returns without portmap, its pods will not start',
	}),
	/** Pods without an owner may be deleted and created again. */
	allowBarePods: row({
		is: 'yes',
		option: 'allowBarePods',
		help: 'also restart pods that have no owner',
		otherwise: false,
		question: names =>
			`Pods without an owner: ${names}. Their hostPorts do not work until the pods restart.\nDelete these pods and create them again from their own manifests?`,
		wizard: 'Delete and recreate pods that have no owner',
	}),
	/** A DaemonSet is installed that keeps portmap on the nodes, those that join included. */
	daemonSet: row({
		is: 'yes',
		option: 'daemonset',
		help: 'also install the DaemonSet that keeps portmap on every node, including new ones (see manifest daemonset; fix asks in a terminal)',
		isKept: true,
		onlyWith: 'portmap',
		question: () => 'New nodes will not have portmap, and no pod can start on them.\nInstall a DaemonSet that keeps portmap on every node?',
		wizard: 'Keep portmap on every node with a DaemonSet, new nodes included',
	}),
};

/** Name of a choice of the repair. */
export type ChoiceName = keyof typeof choices;

/** The values that a person has chosen, by the names above; what is not there is undecided. */
export type Chosen = {readonly [Name in ChoiceName]?: Values[(typeof choices)[Name]['is']]};

/** A row as whoever walks over all of them sees it. */
export type ChoiceRow = Row<keyof Values, string> & {readonly name: ChoiceName};

/** All choices, in the order of help. */
export const choiceRows: readonly ChoiceRow[] = (Object.keys(choices) as ChoiceName[]).map(name => ({
	name,
	...(choices[name] as Omit<ChoiceRow, 'name'>),
}));

/** Names of nodes among what was chosen. */
export const nodesIn = (chosen: Chosen): readonly string[] =>
	choiceRows.flatMap(({name, is}) => (is === 'node' || is === 'nodes' ? [chosen[name] ?? []].flat() : [])) as readonly string[];
