import {useInput} from 'ink';
import {useRef, useState} from 'react';
import {isOfMouse, keysOf, pointingOf} from './keys.ts';
import {point, press} from './press.ts';
import {initialState, type Intent, type State, type Step, type View} from './state.ts';

/**
 * The state of the screens, and the keyboard that changes it. The state is kept beside React as well: the keys of one event
 * follow each other at once, and each must see what the one before it did.
 */
export function useScreens(viewNow: () => View, onIntent: (intent: Intent) => void): State {
	const [state, setState] = useState(initialState);
	const current = useRef(state);
	useInput((input, key) => {
		const view = viewNow();
		const pointing = pointingOf(input);
		const take = (step: Step): void => {
			current.current = step.state;
			if (step.intent !== undefined) onIntent(step.intent);
		};
		if (pointing !== undefined) take(point(current.current, pointing, view));
		else if (!isOfMouse(input)) for (const name of keysOf(input, key)) take(press(current.current, name, view));

		setState(current.current);
	});
	return state;
}
