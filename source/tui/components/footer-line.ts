import {answerTo} from '../answer.ts';
import {bindingsOf, keyWord, type Binding} from '../keymap.ts';
import {margin} from '../layout.ts';
import {lineWidth, span, type Line} from '../line.ts';
import {promptText} from '../prompt.ts';
import {isRepairScreen, isRunning, isTypingScreen} from '../repair/screens.ts';
import {canRollBack, goOnWord, hasExtra} from '../repair/turns.ts';
import {canMake} from '../press.ts';
import type {State, View} from '../state.ts';
import {cutStart, widthOf} from '../text-width.ts';
import type {Signs} from '../theme.ts';

const indent = span(' '.repeat(margin));

/** The keys of the screen, as many as fit, or what is being typed. */
export function footerLine(state: State, view: View, width: number, signs: Signs): Line {
	const {question} = view.model.snapshot;
	if (question !== null) return answerLine(question.isSecret ? undefined : answerTo(state, question), width, signs);
	if (state.prompt !== null) return promptLine(state, state.prompt, width, signs);
	const hasFailed = view.model.snapshot.failure !== null;
	let kept = bindingsOf(state.screen.name).filter(binding => wordOf(binding, state, view) !== '' && keyOf(binding, state) !== undefined);
	const line = (): Line => [indent, ...kept.flatMap((binding, index) => hint(binding, index, state, view))];
	while (kept.length > 1 && lineWidth(line()) > width - margin) {
		const least = kept.reduce((worst, other) => (rank(other, hasFailed) > rank(worst, hasFailed) ? other : worst));
		kept = kept.filter(other => other !== least);
	}

	return line();
}

/** After a failure, asking again is what most people want. */
const rank = ({footer, action}: Binding, hasFailed: boolean): number => (hasFailed && action === 'refresh' ? 0 : (footer?.rank ?? 0));

function hint(binding: Binding, index: number, state: State, view: View): Line {
	return [span(index === 0 ? '' : '  '), span(shownKey(binding, state, view), 'strong'), span(` ${wordOf(binding, state, view)}`, 'muted')];
}

/** Where letters are text, only the other keys are keys. */
function keyOf({keys}: Binding, {screen}: State): string | undefined {
	return isTypingScreen(screen) ? keys.find(key => key.length > 1) : keys[0];
}

function shownKey(binding: Binding, state: State, {signs}: View): string {
	if (binding.action === 'pageDown') return 'space';
	if (binding.action !== 'down') return keyWord(keyOf(binding, state) ?? '');
	return signs.moves === 'j/k' && isTypingScreen(state.screen) ? 'up/down' : signs.moves;
}

/** What a key does here and now; empty: nothing. */
function wordOf({action, footer}: Binding, {screen, focus}: State, view: View): string {
	if (action === 'switchFocus' && focus === 'findings') return 'nodes';
	if (action === 'down') return screen.name === 'repairWay' || screen.name === 'repairBinary' ? 'choose' : '';
	if (action === 'pageDown') return screen.name === 'repairPreview' ? 'more' : '';
	if (screen.name === 'repairRun' && isRunning(view.model.snapshot.repair) && action === 'back') return 'stop';
	if (action === 'goOn') return goOnWord(screen, view);
	if ((action === 'leaveOut' || action === 'barePods' || action === 'daemonSet') && !hasExtra(screen, view, action)) return '';
	if (action === 'proofByPods' && !canMake('pods', view)) return '';
	if (action === 'proofByTestPod' && !canMake('test pod', view)) return '';
	if (action === 'rollBack' && !canRollBack(screen, view)) return '';
	if ((action === 'repair' || action === 'runs') && !view.canRepair) return '';
	if (action === 'refresh' && isRepairScreen(screen)) return '';
	return footer?.word ?? '';
}

function promptLine(state: State, prompt: NonNullable<State['prompt']>, width: number, signs: Signs): Line {
	if (prompt.kind === 'stop') return questionLine('stop after this act?', 'stop', 'go on  what is done stays in the journal');
	if (prompt.kind === 'make') {
		return prompt.what === 'pods'
			? questionLine('make a small pod on each node with hostPorts?', 'make them', 'no  they are removed again')
			: questionLine('make one small pod with a hostPort?', 'make it', 'no  it is removed again');
	}
	const label = prompt.kind === 'filter' ? 'filter' : 'write evidence to';
	const help = prompt.kind === 'filter' ? '   enter keep  esc clear' : '   enter write  esc cancel';
	return typingLine(label, promptText(state, prompt), help, width, signs);
}

/** Undefined: what is typed is a secret. */
function answerLine(text: string | undefined, width: number, signs: Signs): Line {
	const help = '   enter answer  esc give up';
	return typingLine(text === undefined ? 'answer, not shown' : 'answer', text ?? '', help, width, signs);
}

function typingLine(label: string, text: string, help: string, width: number, signs: Signs): Line {
	const room = width - 2 * margin - label.length - 2;
	const roomBesideHelp = room - help.length;
	const hasHelp = roomBesideHelp >= Math.min(widthOf(text), 24);
	return [
		indent,
		span(`${label} `, 'accent'),
		// The end of a long text is where the person types.
		span(cutStart(text, hasHelp ? roomBesideHelp : room, signs.cut), 'strong'),
		span('_', 'selected'),
		span(hasHelp ? help : '', 'muted'),
	];
}

function questionLine(question: string, yes: string, no: string): Line {
	return [
		indent,
		span(`${question} `, 'doubtful'),
		span('y', 'strong'),
		span(` ${yes}  `, 'muted'),
		span('n', 'strong'),
		span(` ${no}`, 'muted'),
	];
}
