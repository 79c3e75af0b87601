import {bindingsOf, keyWord, type Binding} from '../keymap.ts';
import {margin} from '../layout.ts';
import {lineWidth, span, type Line} from '../line.ts';
import {promptText} from '../prompt.ts';
import type {State, View} from '../state.ts';
import {cut} from '../text-width.ts';
import type {Signs} from '../theme.ts';

const indent = span(' '.repeat(margin));

/** The keys of the screen, as many as fit, or what is being typed. */
export function footerLine(state: State, view: View, width: number, signs: Signs): Line {
	if (state.prompt !== null) return promptLine(state, state.prompt, width, signs);
	const {failure} = view.model.snapshot;
	const shown = bindingsOf(state.screen.name).filter(
		({footer, action}) => footer !== undefined && !(action === 'refresh' && failure !== null),
	);
	let kept = failure === null ? shown : [...shown];
	const line = (): Line => [indent, ...kept.flatMap((binding, index) => hint(binding, index, state))];
	while (kept.length > 1 && lineWidth(line()) > width - margin) {
		const least = kept.reduce((worst, other) => (rank(other) > rank(worst) ? other : worst));
		kept = kept.filter(other => other !== least);
	}

	return line();
}

const rank = ({footer}: Binding): number => footer?.rank ?? 0;

function hint({action, keys, footer}: Binding, index: number, {focus}: State): Line {
	const word = action === 'switchFocus' && focus === 'findings' ? 'nodes' : (footer?.word ?? '');
	return [span(index === 0 ? '' : '  '), span(keyWord(keys[0] ?? ''), 'strong'), span(` ${word}`, 'muted')];
}

function promptLine(state: State, prompt: NonNullable<State['prompt']>, width: number, signs: Signs): Line {
	const label = prompt.kind === 'filter' ? 'filter' : 'write evidence to';
	const help = prompt.kind === 'filter' ? 'enter keep  esc clear' : 'enter write  esc cancel';
	const room = width - 2 * margin - label.length - help.length - 6;
	const text = promptText(state, prompt);
	// The end of a long text is where the person types.
	const seen = text.length > room ? signs.cut + text.slice(text.length - room + signs.cut.length) : text;
	return [
		indent,
		span(`${label} `, 'accent'),
		span(cut(seen, room, signs.cut), 'strong'),
		span(' ', 'selected'),
		span('_', 'muted'),
		span(`   ${help}`, 'muted'),
	];
}
