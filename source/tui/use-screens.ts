import {useInput} from 'ink';
import {useRef, useState} from 'react';
import {keysOf} from './keys.ts';
import {press} from './press.ts';
import {initialState, type Intent, type State, type View} from './state.ts';

/**
 * The state of the screens, and the keyboard that changes it. The state is kept beside React as well: the keys of one event
 * follow each other at once, and each must see what the one before it did.
 */
export function useScreens(viewNow: () => View, onIntent: (intent: Intent) => void): State {
	const [state, setState] = useState(initialState);
	const current = useRef(state);
	useInput((input, key) => {
		const view = viewNow();
		for (const name of keysOf(input, key)) {
			const step = press(current.current, name, view);
			current.current = step.state;
			if (step.intent !== undefined) onIntent(step.intent);
		}

		setState(current.current);
	});
	return state;
}
