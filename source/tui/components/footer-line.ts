import {answerTo} from '../answer.ts';
import {margin} from '../layout.ts';
import {lineWidth, span, type Line} from '../line.ts';
import {atOf} from '../press.ts';
import {promptText} from '../prompt.ts';
import {bindingsOf, definitionOf} from '../screens/index.ts';
import {keyWord} from '../screens/key-words.ts';
import type {At, Binding} from '../screens/screen.ts';
import type {Prompt, State, View} from '../state.ts';
import {cutStart, widthOf} from '../text-width.ts';
import type {Signs} from '../theme.ts';

const indent = span(' '.repeat(margin));

/** The keys of the screen that do something now, as many as fit, or what is being typed. */
export function footerLine(state: State, view: View, width: number, signs: Signs): Line {
	const {question, failure} = view.model.snapshot;
	if (question !== null) return answerLine(question.isSecret ? undefined : answerTo(state, question), width, signs);
	if (state.prompt !== null) return promptLine(state.prompt, promptText(state, state.prompt, view), width, signs);
	let kept = hintsOf(atOf(state, view));
	const line = (): Line => [
		indent,
		...kept.flatMap(({key, word}, index) => [span(index === 0 ? '' : '  '), span(key, 'strong'), span(` ${word}`, 'muted')]),
	];
	// After a failure, asking again is what most people want.
	const worth = ({rank, key}: Hint): number => (failure !== null && key === 'r' ? 0 : rank);
	while (kept.length > 1 && lineWidth(line()) > width - margin) {
		const least = kept.reduce((worst, other) => (worth(other) > worth(worst) ? other : worst));
		kept = kept.filter(other => other !== least);
	}

	return line();
}

type Hint = {readonly key: string; readonly word: string; readonly rank: number};

/** What works here and now, each key once. */
function hintsOf(at: At): readonly Hint[] {
	const definition = definitionOf(at.screen);
	const isTyping = definition.isTyping?.(at.screen) === true;
	const taken = new Set<string>();
	return bindingsOf(definition).flatMap(binding => {
		const {keys, footer} = binding;
		// Where letters are text, only the other keys are keys.
		const key = keys.find(each => !taken.has(each) && (!isTyping || each.length > 1));
		if (footer === undefined || key === undefined || binding.act(at) === undefined) return [];
		for (const each of keys) taken.add(each);
		return [{key: footer.keyWord?.(at.view.signs) ?? keyWord(key), word: wordOf(binding, at), rank: footer.rank}];
	});
}

const wordOf = (binding: Binding, at: At): string => binding.word?.(at) ?? binding.footer?.word ?? '';

function promptLine(prompt: Prompt, text: string, width: number, signs: Signs): Line {
	if (prompt.kind === 'ask') return questionLine(prompt.question, prompt.yes, prompt.no);
	const label = prompt.kind === 'filter' ? 'filter' : `write ${prompt.what} to`;
	const help = prompt.kind === 'filter' ? '   enter keep  esc clear' : '   enter write  esc cancel';
	return typingLine(label, text, help, width, signs);
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
