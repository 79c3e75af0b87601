import type {View} from './view.ts';

/** A remedy as `fix` carries it out, or as a person does where `fix` refuses the cluster: what it refuses no remedy promises. */
export function byFixOrHand(view: View, byFix: string, byHand: string): {readonly remedy: string; readonly repairable: boolean} {
	const {repairable} = view.repairAdvice();
	return {remedy: repairable ? byFix : `${byHand} (kubectl hostport fix does not change this cluster.)`, repairable};
}
