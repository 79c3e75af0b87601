import {TemplateError} from './template-error.ts';

/** Whether it holds between two values. @throws TemplateError for values that cannot be compared */
export type Comparison = (left: unknown, right: unknown) => boolean;

type Ordered = string | number;

const ordered =
	(holds: (left: Ordered, right: Ordered) => boolean): Comparison =>
	(left, right) => {
		assertAlike(left, right);
		if (typeof left === 'boolean') throw new TemplateError('invalid type for comparison');
		return holds(left as Ordered, right as Ordered);
	};

const alike =
	(isWanted: boolean): Comparison =>
	(left, right) => {
		assertAlike(left, right);
		return (left === right) === isWanted;
	};

const comparisons: ReadonlyMap<string, Comparison> = new Map([
	['==', alike(true)],
	['!=', alike(false)],
	['<', ordered((left, right) => left < right)],
	['<=', ordered((left, right) => left <= right)],
	['>', ordered((left, right) => left > right)],
	['>=', ordered((left, right) => left >= right)],
]);

/** What an operator of a filter stands for; kubectl has no regular expressions either. */
export const comparison = (operator: string): Comparison =>
	comparisons.get(operator) ??
	(() => {
		throw new TemplateError(`unrecognized filter operator ${operator}`);
	});

function assertAlike(left: unknown, right: unknown): void {
	for (const value of [left, right])
		if (typeof value === 'object' || value === undefined) throw new TemplateError('invalid type for comparison');
	if (typeof left !== typeof right) throw new TemplateError('incompatible types for comparison');
}
