package store

import "gomphothere/internal/model"

// PushSubscriptions lists where push messages for an account go.
func (q *Q) PushSubscriptions(account model.ID) ([]*model.PushSubscription, error) {
	return pointers[model.PushSubscription](q, `select * from push_subscriptions where account_id = $1 order by id`, account)
}

// PushSubscription finds one by id.
func (q *Q) PushSubscription(id model.ID) (*model.PushSubscription, error) {
	s, err := one[model.PushSubscription](q, `select * from push_subscriptions where id = $1`, id)
	return &s, err
}

// PushSubscriptionOf finds the one of an access token.
func (q *Q) PushSubscriptionOf(token model.ID) (*model.PushSubscription, error) {
	s, err := one[model.PushSubscription](q, `select * from push_subscriptions where token_id = $1`, token)
	return &s, err
}

// SetPushSubscription writes the one of its token; of an account only the newest keep are left.
func (tx *Tx) SetPushSubscription(s *model.PushSubscription, keep int) error {
	if err := tx.RemovePushSubscriptionOf(s.TokenID); err != nil {
		return err
	}
	if _, err := tx.insert("push_subscriptions", s, ""); err != nil {
		return err
	}
	_, err := tx.exec(`
		delete from push_subscriptions
		where account_id = $1 and id < (
			select min(id)
			from (select id from push_subscriptions where account_id = $1 order by id desc limit $2) newest)`,
		s.AccountID, keep)
	return err
}

// SetPushAlerts writes what a subscription wants to hear.
func (tx *Tx) SetPushAlerts(s *model.PushSubscription) error {
	alerts, err := jsonText(s.Alerts)
	if err != nil {
		return err
	}
	_, err = tx.exec(`
		update push_subscriptions
		set alerts = $2, policy = $3, updated_at = $4
		where id = $1`, s.ID, alerts, s.Policy, tx.now)
	return err
}

// SetPushSent notes that a push service took a message.
func (tx *Tx) SetPushSent(id model.ID) error {
	_, err := tx.exec(`update push_subscriptions set last_sent_at = $2, refusals = 0, last_error = '' where id = $1`, id, tx.now)
	return err
}

// SetPushRefused notes why it did not, and says how often in a row; 0: the subscription is gone.
func (tx *Tx) SetPushRefused(id model.ID, why string, counts int) (int, error) {
	n, _, err := maybe[int](&tx.Q, `
		update push_subscriptions
		set refusals = refusals + $3, last_error = $2
		where id = $1
		returning refusals`, id, why, counts)
	return n, err
}

// RemovePushSubscription forgets one.
func (tx *Tx) RemovePushSubscription(id model.ID) error {
	_, err := tx.exec(`delete from push_subscriptions where id = $1`, id)
	return err
}

// RemovePushSubscriptionOf forgets that of an access token.
func (tx *Tx) RemovePushSubscriptionOf(token model.ID) error {
	_, err := tx.exec(`delete from push_subscriptions where token_id = $1`, token)
	return err
}
