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

/** What an operator of a filter stands for; kubectl has no regular expressions either. @throws TemplateError for any other */
export function comparison(operator: string): Comparison {
	switch (operator) {
		case '==':
			return alike(true);
		case '!=':
			return alike(false);
		case '<':
			return ordered((left, right) => left < right);
		case '<=':
			return ordered((left, right) => left <= right);
		case '>':
			return ordered((left, right) => left > right);
		case '>=':
			return ordered((left, right) => left >= right);
		default:
			throw new TemplateError(`unrecognized filter operator ${operator}`);
	}
}

function assertAlike(left: unknown, right: unknown): void {
	for (const value of [left, right])
		if (typeof value === 'object' || value === undefined) throw new TemplateError('invalid type for comparison');
	if (typeof left !== typeof right) throw new TemplateError('incompatible types for comparison');
}
