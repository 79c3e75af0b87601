import {editedText} from './edited-text.ts';
import {moveCursor, type ListState} from './list.ts';
import {definitionOf} from './screens/index.ts';
import type {Listing} from './screens/screen.ts';
import type {Prompt, State, Step, View} from './state.ts';

/** What is typed so far. */
export function promptText(state: State, prompt: Prompt, view: View): string {
	if (prompt.kind === 'filter') return listingOf(state, view)?.list.filter ?? '';
	return prompt.kind === 'save' ? prompt.text : '';
}

/** Letters are text here and no commands; Enter keeps, Esc drops. */
export function pressInPrompt(state: State, prompt: Prompt, key: string, view: View): Step {
	const closed: State = {...state, prompt: null};
	switch (prompt.kind) {
		case 'ask':
			// Only `y` does it; whatever else means no.
			return key === 'y' || key === 'Y' ? {state: closed, intent: prompt.intent} : {state: closed};
		case 'save': {
			const file = prompt.text.trim();
			if (key === 'enter' && file !== '') return {state: closed, intent: {kind: 'save', what: prompt.what, file}};
			if (key === 'enter' || key === 'escape') return {state: closed};
			return {state: {...state, prompt: {...prompt, text: editedText(prompt.text, key)}}};
		}

		default:
			return pressInFilter(state, key, view);
	}
}

/** The filter takes effect with each letter, and the rows that are left can be gone through meanwhile. */
function pressInFilter(state: State, key: string, view: View): Step {
	const listing = listingOf(state, view);
	if (listing === undefined || key === 'enter') return {state: {...state, prompt: null}};
	const {list, rows, height} = listing;
	if (key === 'up' || key === 'down') return {state: withList(state, moveCursor(list, rows, height, key))};
	const filter = key === 'escape' ? '' : editedText(list.filter, key);
	const filtered = withList(state, {...list, filter, selected: null, index: 0, offset: 0});
	return {state: key === 'escape' ? {...filtered, prompt: null} : filtered};
}

function listingOf({screen}: State, view: View): Listing | undefined {
	return definitionOf(screen).rows?.of({screen, view});
}

function withList(state: State, list: ListState): State {
	const {rows} = definitionOf(state.screen);
	return rows === undefined ? state : {...state, screen: rows.with(state.screen, list)};
}
