export * from './answers';
export * from './directory';
export * from './ledger';
export * from './quota-store';
