import {styleText} from 'node:util';

/** What a colour stands for; the words beside it always say the same. */
export type Tone = 'bad' | 'doubtful' | 'good' | 'quiet' | 'strong' | 'added' | 'removed';

const styles = {
	bad: ['red', 'bold'],
	doubtful: 'yellow',
	good: 'green',
	quiet: 'dim',
	strong: 'bold',
	added: 'green',
	removed: 'red',
} as const;

/** Colours a text for a terminal; gives it back as it is where `colour` is false. */
export function paint(text: string, tone: Tone, colour: boolean): string {
	return colour ? styleText([styles[tone]].flat(), text, {validateStream: false}) : text;
}
