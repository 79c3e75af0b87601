import type {StepDoubt} from '../repair/run/doubts.ts';
import type {Ask} from '../session/asker.ts';

/** Asks in the terminal UI for what its page has shown; ids of those that the person has said yes to. */
export async function askOnScreen(ask: Ask, doubts: readonly StepDoubt[], signal: AbortSignal): Promise<readonly string[]> {
	const agreed: string[] = [];
	for (const {id, question} of doubts) {
		const answer = await ask(`${question} The page before shows it. Type yes or no:`, {echo: true, signal});
		if (answer?.trim().toLowerCase() === 'yes') agreed.push(id);
	}

	return agreed;
}
