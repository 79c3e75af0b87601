import {bindingsOf, keyWord, type Binding} from '../keymap.ts';
import {margin} from '../layout.ts';
import {lineWidth, span, type Line} from '../line.ts';
import {promptText} from '../prompt.ts';
import type {State, View} from '../state.ts';
import {cutStart, widthOf} from '../text-width.ts';
import type {Signs} from '../theme.ts';

const indent = span(' '.repeat(margin));

/** The keys of the screen, as many as fit, or what is being typed. */
export function footerLine(state: State, view: View, width: number, signs: Signs): Line {
	if (state.prompt !== null) return promptLine(state, state.prompt, width, signs);
	const hasFailed = view.model.snapshot.failure !== null;
	let kept = bindingsOf(state.screen.name).filter(({footer}) => footer !== undefined);
	const line = (): Line => [indent, ...kept.flatMap((binding, index) => hint(binding, index, state))];
	while (kept.length > 1 && lineWidth(line()) > width - margin) {
		const least = kept.reduce((worst, other) => (rank(other, hasFailed) > rank(worst, hasFailed) ? other : worst));
		kept = kept.filter(other => other !== least);
	}

	return line();
}

/** After a failure, asking again is what most people want. */
const rank = ({footer, action}: Binding, hasFailed: boolean): number => (hasFailed && action === 'refresh' ? 0 : (footer?.rank ?? 0));

function hint({action, keys, footer}: Binding, index: number, {focus}: State): Line {
	const word = action === 'switchFocus' && focus === 'findings' ? 'nodes' : (footer?.word ?? '');
	return [span(index === 0 ? '' : '  '), span(keyWord(keys[0] ?? ''), 'strong'), span(` ${word}`, 'muted')];
}

function promptLine(state: State, prompt: NonNullable<State['prompt']>, width: number, signs: Signs): Line {
	const label = prompt.kind === 'filter' ? 'filter' : 'write evidence to';
	const help = prompt.kind === 'filter' ? '   enter keep  esc clear' : '   enter write  esc cancel';
	const text = promptText(state, prompt);
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
