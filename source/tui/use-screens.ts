import {useInput} from 'ink';
import {useRef, useState} from 'react';
import {keysOf} from './keys.ts';
import {point, press} from './press.ts';
import {initialState, type Intent, type State, type Step, type View} from './state.ts';
import {useMouse} from './use-terminal.ts';

/**
 * The state of the screens, and the keyboard that changes it. The state is kept beside React as well: the keys of one event
 * follow each other at once, and each must see what the one before it did.
 */
export function useScreens(viewNow: () => View, onIntent: (intent: Intent) => void, hasMouse: boolean): State {
	const [state, setState] = useState(initialState);
	const current = useRef(state);
	const take = (step: Step): void => {
		current.current = step.state;
		if (step.intent !== undefined) onIntent(step.intent);
	};
	useInput((input, key) => {
		const view = viewNow();
		for (const name of keysOf(input, key)) take(press(current.current, name, view));
		setState(current.current);
	});
	useMouse(hasMouse, pointing => {
		take(point(current.current, pointing, viewNow()));
		setState(current.current);
	});
	return state;
}
