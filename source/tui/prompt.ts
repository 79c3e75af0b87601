import {visibleHostPorts} from './host-port-table.ts';
import {tableHeight} from './layout.ts';
import {moveCursor, type ListState} from './list.ts';
import {visibleNodes} from './node-table.ts';
import {overviewLayout} from './overview-layout.ts';
import type {Intent, Prompt, State, Step, View} from './state.ts';

const longest = 200;

export function promptText(state: State, prompt: Prompt): string {
	return prompt.kind === 'filter' ? state[prompt.list].filter : prompt.kind === 'save' ? prompt.text : '';
}

/** Letters are text here and no commands; Enter keeps, Esc drops. */
export function pressInPrompt(state: State, prompt: Prompt, key: string, view: View): Step {
	if (prompt.kind === 'stop') return answered(state, key, {kind: 'repair', act: {do: 'stop'}});
	if (prompt.kind === 'make') return answered(state, key, {kind: 'verify', making: prompt.what});
	const text = promptText(state, prompt);
	switch (key) {
		case 'enter':
			return prompt.kind === 'save' && text.trim() !== ''
				? {state: {...state, prompt: null}, intent: {kind: 'save', file: text.trim()}}
				: {state: {...state, prompt: null}};
		case 'escape':
			return {state: {...(prompt.kind === 'filter' ? withText(state, prompt, '') : state), prompt: null}};
		case 'up':
		case 'down':
			return {state: prompt.kind === 'filter' ? moveFiltered(state, prompt.list, key, view) : state};
		default:
			return {state: withText(state, prompt, editedText(text, key))};
	}
}

/** A line of text after one key: a letter, or one of the keys that take letters away. */
export function editedText(text: string, key: string): string {
	switch (key) {
		case 'backspace':
			return Array.from(text).slice(0, -1).join('');
		case 'ctrl+u':
			return '';
		case 'ctrl+w':
			return text.replace(/\S*\s*$/u, '');
		default:
			return Array.from(key).length === 1 && text.length < longest ? text + key : text;
	}
}

/** Only `y` does it; whatever else means no. */
function answered(state: State, key: string, intent: Intent): Step {
	const next: State = {...state, prompt: null};
	return key === 'y' || key === 'Y' ? {state: next, intent} : {state: next};
}

function withText(state: State, prompt: Prompt, text: string): State {
	if (prompt.kind === 'stop' || prompt.kind === 'make') return state;
	if (prompt.kind === 'save') return {...state, prompt: {...prompt, text}};
	const list: ListState = {...state[prompt.list], filter: text, selected: null, index: 0, offset: 0};
	return {...state, [prompt.list]: list};
}

function moveFiltered(state: State, list: 'nodes' | 'hostPorts', move: 'up' | 'down', view: View): State {
	const {model, rows} = view;
	if (list === 'hostPorts') {
		return {...state, hostPorts: moveCursor(state.hostPorts, visibleHostPorts(model.hostPorts, state.hostPorts), tableHeight(rows), move)};
	}

	const height = overviewLayout(view, state).table.rows;
	return {...state, nodes: moveCursor(state.nodes, visibleNodes(model.nodes, state.nodes), height, move)};
}
