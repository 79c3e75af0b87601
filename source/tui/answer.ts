import {editedText} from './edited-text.ts';
import type {State, Step} from './state.ts';
import type {Question} from './store.ts';

/** What has been typed so far: nothing of what was meant for an earlier question. */
export function answerTo({answer}: State, question: Question): string {
	return answer?.id === question.id ? answer.text : '';
}

/** Enter answers, Esc gives up; nothing else can be done meanwhile. */
export function pressInAnswer(state: State, question: Question, key: string): Step {
	const {id} = question;
	const text = answerTo(state, question);
	const nothing: State = {...state, answer: null};
	if (key === 'enter') return {state: nothing, intent: {kind: 'answer', id, text}};
	if (key === 'escape') return {state: nothing, intent: {kind: 'answer', id, text: null}};
	return {state: {...state, answer: {id, text: editedText(text, key)}}};
}
