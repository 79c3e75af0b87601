import type {Finding} from '../diagnosis.ts';
import type {Asked} from '../failed-connection.ts';
import type {Found} from '../finding.ts';
import type {HostPortView} from '../host-port-view.ts';
import type {Refusal} from '../refusals.ts';
import type {Strategy} from '../strategy.ts';
import type {Unanswering} from '../unanswering.ts';
import type {NodeVerdict} from '../verdict.ts';
import type {View} from '../view.ts';

/** What a code means: the text of `explain CODE` and of docs/causes. Plain sentences, no markup but backquotes around code. */
export type Explanation = {
	readonly code: string;
	/** One line without a full stop. */
	readonly title: string;
	readonly meaning: string;
	/** What must be seen for it to be claimed, cheapest first. */
	readonly proof: readonly string[];
	/** How it is told apart from what looks alike. */
	readonly toldApart: readonly string[];
	readonly cure: readonly string[];
	/** What people take for the cause, and why it is not. */
	readonly falseLeads: readonly string[];
	/** Issues, files and pages behind it. */
	readonly sources: readonly string[];
};

/** What the others found, for a cause that draws its conclusion from it. */
export type SoFar = {
	readonly verdictOf: (node: View['judged'][number]) => NodeVerdict;
	/** Connections that failed and that no finding explains. */
	readonly unexplained: readonly Unanswering[];
};

/** What a cause is beside its explanation; only what differs from the usual is said. `Made` is what it makes findings of. */
type Traits<Made, Refused> = {
	/** Looks for it. No cause looks at another's findings; what they share stands in the view. */
	readonly find?: (view: View) => readonly Made[];
	/** Looks for it once all others have looked. */
	readonly conclude?: (view: View, soFar: SoFar) => readonly Made[];
	/** Why no repair can be carried out here, whatever the strategy. */
	readonly refusesAll?: (view: View) => readonly Refused[];
	/** Why a repair by this strategy would do harm or cannot work here. */
	readonly refuses?: (view: View, strategy: Strategy) => readonly Refused[];
	/** It is a pod's own matter: its node is well all the same, and a repair neither mends nor breaks it. */
	readonly ofPod?: true;
	/** It says that nothing is wrong, and is said only where nothing else is. */
	readonly allIsWell?: true;
	/** It is about what is to come, and no fault of today. */
	readonly ofTomorrow?: true;
	/** Which failed connections its findings explain; omitted: all to the hostPorts that they name. */
	readonly explains?: (asked: Asked) => boolean;
	/** Whether it keeps another node from this hostPort, where not every finding that names it says so. */
	readonly keepsOut?: (view: View, hostPort: HostPortView) => boolean;
	/** Nothing carries the hostPort, it says: where any place gets an answer, it explains none of the others. */
	readonly ofWholePort?: true;
	/** Its findings explain a failure as information too, because what they tell of is possible. */
	readonly explainsAsInformation?: true;
	/** What a finding is once a connection that it explains has failed; omitted: what it was. */
	readonly proved?: (finding: Finding, failures: readonly Unanswering[]) => Finding['severity'];
	/** Somebody else answers on the hostPort: an answer is then none of its pod. */
	readonly anotherAnswers?: true;
};

/** One cause: what it means, how it is found, and what follows from it. */
export type Cause = Explanation & Traits<{readonly finding: Finding; readonly verdicts: Found['verdicts']}, Refusal>;

/** Makes a cause of its one file: its code is put into whatever it finds. */
export function defineCause({find, conclude, refusesAll, refuses, ...cause}: Explanation & Traits<Found, Omit<Refusal, 'code'>>): Cause {
	const {code} = cause;
	const made = (found: readonly Found[]) => found.map(({verdicts, ...finding}) => ({finding: {code, ...finding}, verdicts}));
	const refused = (refusals: ReadonlyArray<Omit<Refusal, 'code'>>) => refusals.map(refusal => ({code, ...refusal}));
	return {
		...cause,
		...(find && {find: (view: View) => made(find(view))}),
		...(conclude && {conclude: (view: View, soFar: SoFar) => made(conclude(view, soFar))}),
		...(refusesAll && {refusesAll: (view: View) => refused(refusesAll(view))}),
		...(refuses && {refuses: (view: View, strategy: Strategy) => refused(refuses(view, strategy))}),
	};
}
