import {margin} from './layout.ts';
import {atOf} from './press.ts';
import {bindingsOf, definitionOf} from './screens/index.ts';
import {keyWord} from './screens/key-words.ts';
import type {At, Binding} from './screens/screen.ts';
import type {State, View} from './state.ts';
import {widthOf} from './text-width.ts';

/** A key that does something now, and what. */
export type Hint = {
	readonly key: string;
	readonly word: string;
	/** How long it stays there where there is little room: 1 stays longest. */
	readonly rank: number;
};

/** Columns between two hints. */
export const hintGap = 2;

/** What works here and now, as much of it as fits. */
export function footerHints(state: State, view: View): readonly Hint[] {
	const {failure} = view.model.snapshot;
	// After a failure, asking again is what most people want.
	const worth = ({rank, key}: Hint): number => (failure !== null && key === 'r' ? 0 : rank);
	const width = (hints: readonly Hint[]): number => hints.reduce((sum, {key, word}) => sum + widthOf(`${key} ${word}`) + hintGap, -hintGap);
	let kept = hintsOf(atOf(state, view));
	while (kept.length > 1 && width(kept) > view.columns - 2 * margin) {
		const least = kept.reduce((worst, other) => (worth(other) > worth(worst) ? other : worst));
		kept = kept.filter(other => other !== least);
	}

	return kept;
}

/** All of it, each key once. */
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
