import type {Plan} from '../plan/plan.ts';

/** A source of portmap as it may be shown and kept: an URL without name, password and query, any of which may be a secret. */
export function shownSource(text: string): string {
	if (!/^https?:/iu.test(text)) return text;
	if (!URL.canParse(text)) return 'an URL';
	const {protocol, host, pathname, search, username, password} = new URL(text);
	return username + password + search === '' ? text : `${protocol}//${host}${pathname}${search === '' ? '' : '?…'}`;
}

/** A plan as it is shown and journalled: whoever may read ConfigMaps is not told how to fetch the binary. */
export function withoutCredentials(plan: Plan): Plan {
	const {choice} = plan;
	const secrets = (choice.sources ?? []).filter(source => shownSource(source) !== source);
	if (secrets.length === 0) return plan;
	const shown = (text: string): string => secrets.reduce((all, source) => all.replaceAll(source, shownSource(source)), text);
	return {
		...plan,
		choice: {...choice, sources: (choice.sources ?? []).map(shownSource)},
		steps: plan.steps.map(step => ({...step, preview: {...step.preview, text: shown(step.preview.text)}})),
	};
}
