import {pressInAnswer} from './answer.ts';
import type {Pointing} from './keys.ts';
import {gapLines, headerLines} from './layout.ts';
import {windowOf} from './list.ts';
import {pressInPrompt} from './prompt.ts';
import {bindingsOf, definitionOf} from './screens/index.ts';
import type {At} from './screens/screen.ts';
import type {State, Step, View} from './state.ts';

/** What one key does: the one reducer of the screens. Pure, so that keys typed ahead add up without a frame between them. */
export function press(state: State, key: string, view: View): Step {
	const {question} = view.model.snapshot;
	if (question !== null && key !== 'ctrl+c') return pressInAnswer(state, question, key);
	if (state.prompt !== null && key !== 'ctrl+c') return pressInPrompt(state, state.prompt, key, view);
	const definition = definitionOf(state.screen);
	const at = atOf(state, view);
	const typed = definition.isTyping?.(state.screen) === true ? definition.typed?.(at, key) : undefined;
	if (typed !== undefined) return typed;
	for (const binding of bindingsOf(definition)) {
		const step = binding.keys.includes(key) ? binding.act(at) : undefined;
		if (step !== undefined) return step;
	}

	return {state};
}

/** A line at a time is too slow for a wheel. */
const linesOfWheel = 3;

/** What the mouse does: the wheel moves, a press chooses a row, and one on the chosen row opens it. */
export function point(state: State, pointing: Pointing, view: View): Step {
	if (view.model.snapshot.question !== null || state.prompt !== null) return {state};
	if (pointing.does !== 'press') {
		const key = pointing.does === 'wheelUp' ? 'up' : 'down';
		return {state: Array.from({length: linesOfWheel}).reduce<State>(before => press(before, key, view).state, state)};
	}

	const {rows, rowAt} = definitionOf(state.screen);
	const line = pointing.line - headerLines - view.failure.length - gapLines(view.rows);
	const at = rowAt?.({screen: state.screen, view}, line);
	if (rows === undefined || at === undefined) return {state};
	const {list, rows: shown, height} = rows.of({screen: state.screen, view});
	const {cursor, offset} = windowOf(list, shown, height);
	const row = shown[offset + at];
	if (row === undefined) return {state};
	if (offset + at === cursor) return press(state, 'enter', view);
	return {state: {...state, screen: rows.with(state.screen, {...list, selected: row.key, index: offset + at, offset})}};
}

/** The screen that is open, as its keys and its body get it. */
export function atOf(state: State, view: View): At {
	const {screen} = state;
	return {screen, state, view, about: definitionOf(screen).about({screen, view})};
}
