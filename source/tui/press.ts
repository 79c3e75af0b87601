import {pressInAnswer} from './answer.ts';
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

/** The screen that is open, as its keys and its body get it. */
export function atOf(state: State, view: View): At {
	const {screen} = state;
	return {screen, state, view, about: definitionOf(screen).about({screen, view})};
}
