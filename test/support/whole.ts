/** `TESTS=whole`, as CI runs them: each case of tables of which the others run a part that stands for it. */
export const isWhole = process.env['TESTS'] === 'whole';
