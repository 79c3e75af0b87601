/** `TESTS=whole`, as CI runs them: each case of tables of which the others run a part that stands for it. */
export const isWhole = process.env['TESTS'] === 'whole';

/** A table's rows, the first of which stand for the others where not all are wanted. */
export const rowsOf = <Row>(rows: readonly Row[], standing: number): readonly Row[] => (isWhole ? rows : rows.slice(0, standing));
