export * from './answers';
export * from './audit';
export * from './directory';
export * from './ledger';
export * from './quota-store';
export * from './repositories';
