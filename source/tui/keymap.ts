import {besidePages, repairPages} from './repair/pages.ts';

/** Every screen; a new one is added here, in `state.ts` (what it remembers) and in `screens/`. */
export const screenNames = [
	'overview',
	'node',
	'finding',
	'evidence',
	'diff',
	'hostPorts',
	'proof',
	'help',
	...repairPages,
	...besidePages,
] as const;
export type ScreenName = (typeof screenNames)[number];

export type Action =
	| 'up'
	| 'down'
	| 'pageUp'
	| 'pageDown'
	| 'top'
	| 'bottom'
	| 'open'
	| 'switchFocus'
	| 'filter'
	| 'sort'
	| 'reverse'
	| 'diff'
	| 'previousChange'
	| 'nextChange'
	| 'evidence'
	| 'previousTab'
	| 'nextTab'
	| 'hostPorts'
	| 'proof'
	| 'proofByPods'
	| 'proofByTestPod'
	| 'repair'
	| 'runs'
	| 'goOn'
	| 'rollBack'
	| 'leaveOut'
	| 'barePods'
	| 'daemonSet'
	| 'save'
	| 'refresh'
	| 'help'
	| 'back'
	| 'quit';

export type Binding = {
	readonly action: Action;
	/** As `keys.ts` names them. */
	readonly keys: readonly string[];
	/** What the help says. */
	readonly label: string;
	/** What the footer says, and how long it stays there when the terminal is narrow: 1 stays longest. */
	readonly footer?: {readonly word: string; readonly rank: number};
	readonly screens: readonly ScreenName[];
};

const lists: readonly ScreenName[] = ['overview', 'hostPorts'];
const everywhere: readonly ScreenName[] = screenNames;
const wizard: readonly ScreenName[] = [...repairPages, 'repairUndo'];
const pages: readonly ScreenName[] = [...wizard, 'runs'];
const but = (...names: readonly ScreenName[]): readonly ScreenName[] =>
	screenNames.filter(name => !names.includes(name) && !pages.includes(name));

/** The keys, as data: footer, help and tests are made from this table. */
export const keymap: readonly Binding[] = [
	{action: 'up', keys: ['up', 'k'], label: 'up', screens: everywhere},
	{action: 'down', keys: ['down', 'j'], label: 'down', footer: {word: '', rank: 5}, screens: everywhere},
	{action: 'pageUp', keys: ['pageUp', 'ctrl+b'], label: 'a page up', screens: everywhere},
	{action: 'pageDown', keys: ['pageDown', 'ctrl+f', ' '], label: 'a page down', footer: {word: '', rank: 6}, screens: everywhere},
	{action: 'top', keys: ['g', 'home'], label: 'to the first line', screens: everywhere},
	{action: 'bottom', keys: ['G', 'end'], label: 'to the last line', screens: everywhere},
	{action: 'open', keys: ['enter', 'right', 'l'], label: 'open the row under the cursor', footer: {word: 'open', rank: 3}, screens: lists},
	{
		action: 'switchFocus',
		keys: ['tab', 'shift+tab', 'f'],
		label: 'switch between nodes and findings',
		footer: {word: 'findings', rank: 5},
		screens: ['overview'],
	},
	{action: 'previousChange', keys: ['['], label: 'previous change', footer: {word: 'previous', rank: 4}, screens: ['diff']},
	{action: 'nextChange', keys: [']'], label: 'next change', footer: {word: 'next', rank: 3}, screens: ['diff']},
	{
		action: 'evidence',
		keys: ['e'],
		label: 'what was read on the node, raw',
		footer: {word: 'evidence', rank: 6},
		screens: but('evidence', 'help'),
	},
	{action: 'previousTab', keys: ['[', 'shift+tab'], label: 'previous tab', screens: ['evidence']},
	{action: 'nextTab', keys: ['tab', ']'], label: 'next tab', footer: {word: 'next', rank: 3}, screens: ['evidence']},
	{action: 'filter', keys: ['/'], label: 'filter the rows (every word must occur)', footer: {word: 'filter', rank: 6}, screens: lists},
	{action: 'sort', keys: ['s'], label: 'sort by the next column', footer: {word: 'sort', rank: 9}, screens: lists},
	{action: 'reverse', keys: ['S'], label: 'reverse the order', screens: lists},
	{
		action: 'diff',
		keys: ['d'],
		label: 'what has to change, as a diff',
		footer: {word: 'diff', rank: 7},
		screens: but('diff', 'help'),
	},
	{action: 'hostPorts', keys: ['p'], label: 'every hostPort', footer: {word: 'hostPorts', rank: 8}, screens: but('hostPorts', 'help')},
	{
		action: 'proof',
		keys: ['v'],
		label: 'verify: connect to every hostPort, live',
		footer: {word: 'verify', rank: 8},
		screens: but('help'),
	},
	{
		action: 'proofByPods',
		keys: ['o'],
		label: 'verify from ordinary pods too; asks first',
		footer: {word: 'pods too', rank: 3},
		screens: ['proof'],
	},
	{
		action: 'proofByTestPod',
		keys: ['t'],
		label: 'verify by a test pod; asks first',
		footer: {word: 'test pod', rank: 3},
		screens: ['proof'],
	},
	{
		action: 'repair',
		keys: ['F'],
		label: 'repair, step by step; it asks first',
		footer: {word: 'fix', rank: 4},
		screens: but('help'),
	},
	{action: 'runs', keys: ['u'], label: 'past runs of the repair, and undoing them', footer: {word: 'runs', rank: 11}, screens: but('help')},
	{action: 'goOn', keys: ['enter'], label: 'go on to the next page', footer: {word: 'go on', rank: 2}, screens: wizard},
	{
		action: 'leaveOut',
		keys: ['x'],
		label: 'leave out nodes that are down; you answer for them',
		footer: {word: 'leave out', rank: 4},
		screens: ['repairWay'],
	},
	{
		action: 'barePods',
		keys: ['a'],
		label: 'make pods without an owner anew too',
		footer: {word: 'bare pods', rank: 4},
		screens: ['repairWay'],
	},
	{
		action: 'daemonSet',
		keys: ['n'],
		label: 'keep portmap on nodes that join, by a DaemonSet',
		footer: {word: 'new nodes', rank: 4},
		screens: ['repairWay'],
	},
	{action: 'rollBack', keys: ['b'], label: 'roll back a run; asks first', footer: {word: 'roll back', rank: 3}, screens: pages},
	{action: 'refresh', keys: ['r'], label: 'ask the cluster again', footer: {word: 'refresh', rank: 10}, screens: but()},
	{action: 'save', keys: ['w'], label: 'write the evidence to a file', screens: but('help')},
	{action: 'help', keys: ['?'], label: 'all keys', footer: {word: 'help', rank: 2}, screens: screenNames.filter(name => name !== 'help')},
	{
		action: 'back',
		keys: ['escape', 'left', 'h'],
		label: 'go back; clear the filter',
		footer: {word: 'back', rank: 2},
		screens: screenNames.filter(name => name !== 'overview'),
	},
	{action: 'back', keys: ['escape'], label: 'clear the filter', screens: ['overview']},
	{action: 'quit', keys: ['q', 'ctrl+c'], label: 'quit', footer: {word: 'quit', rank: 1}, screens: everywhere},
];

export function actionFor(screen: ScreenName, key: string): Action | undefined {
	return keymap.find(({keys, screens}) => screens.includes(screen) && keys.includes(key))?.action;
}

export function bindingsOf(screen: ScreenName): readonly Binding[] {
	return keymap.filter(({screens}) => screens.includes(screen));
}

const words: Readonly<Record<string, string>> = {' ': 'space', pageUp: 'page up', pageDown: 'page down', escape: 'esc'};

/** A key as people call it. */
export function keyWord(key: string): string {
	return words[key] ?? key;
}
