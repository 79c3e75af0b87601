import {Box} from 'ink';
import {Fragment, memo, useContext, type ReactNode} from 'react';
import {answerTo} from '../answer.ts';
import {footerHints, hintGap, type Hint} from '../footer-hints.ts';
import {margin} from '../layout.ts';
import {promptText} from '../prompt.ts';
import type {Prompt, State, View} from '../state.ts';
import {cut, cutStart, widthOf} from '../text-width.ts';
import {ThemeContext} from '../theme.ts';
import {Row} from './row.tsx';
import {Toned} from './toned.tsx';

type Props = {readonly state: State; readonly view: View};

/** The last line: what is asked, what is being typed, or the keys that do something now. */
export function Footer({state, view}: Props): ReactNode {
	const {question} = view.model.snapshot;
	const {prompt} = state;
	const columns = view.columns - 2 * margin;
	return (
		<Box paddingX={margin}>
			{question !== null ? (
				<Typing
					label={question.isSecret ? 'answer, not shown' : 'answer'}
					text={question.isSecret ? '' : answerTo(state, question)}
					help="enter answer  esc give up"
					columns={columns}
				/>
			) : prompt === null ? (
				<Hints hints={footerHints(state, view)} />
			) : prompt.kind === 'ask' ? (
				<Question {...prompt} columns={columns} />
			) : (
				<Typing
					label={prompt.kind === 'filter' ? 'filter' : `write ${prompt.what} to`}
					text={promptText(state, prompt, view)}
					help={prompt.kind === 'filter' ? 'enter keep  esc clear' : 'enter write  esc cancel'}
					columns={columns}
				/>
			)}
		</Box>
	);
}

type HintsProps = {readonly hints: readonly Hint[]};

/** Hints are new objects in each frame, so they are compared by what they show. */
const Hints = memo(function Hints({hints}: HintsProps): ReactNode {
	return (
		<Row>
			{hints.map(({key, word}, index) => (
				<Fragment key={key}>
					<Toned tone="strong">{`${' '.repeat(index === 0 ? 0 : hintGap)}${key}`}</Toned>
					<Toned tone="muted"> {word}</Toned>
				</Fragment>
			))}
		</Row>
	);
}, isSame);

function isSame({hints}: HintsProps, {hints: others}: HintsProps): boolean {
	return hints.length === others.length && hints.every(({key, word}, index) => key === others[index]?.key && word === others[index]?.word);
}

type TypingProps = {readonly label: string; readonly text: string; readonly help: string; readonly columns: number};

function Typing({label, text, help, columns}: TypingProps): ReactNode {
	const {signs} = useContext(ThemeContext);
	const told = `   ${help}`;
	const room = columns - label.length - 2;
	const hasHelp = room - told.length >= Math.min(widthOf(text), 24);
	return (
		<Row>
			<Toned tone="accent">{label} </Toned>
			{/* The end of a long text is where the person types. */}
			<Toned tone="strong">{cutStart(text, hasHelp ? room - told.length : room, signs.cut)}</Toned>
			<Toned tone="selected">_</Toned>
			<Toned tone="muted">{hasHelp ? told : ''}</Toned>
		</Row>
	);
}

type QuestionProps = Omit<Extract<Prompt, {readonly kind: 'ask'}>, 'kind' | 'intent'> & {readonly columns: number};

function Question({question, yes, no, columns}: QuestionProps): ReactNode {
	const {signs} = useContext(ThemeContext);
	return (
		<Row>
			<Toned tone="doubtful">{cut(question, columns - widthOf(` y ${yes}  n ${no}`), signs.cut)}</Toned>
			<Toned tone="strong"> y</Toned>
			<Toned tone="muted"> {yes} </Toned>
			<Toned tone="strong">n</Toned>
			<Toned tone="muted"> {no}</Toned>
		</Row>
	);
}
